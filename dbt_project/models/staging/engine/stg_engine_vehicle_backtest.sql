select
    outlet_id,

    level,
    market,
    region_path,
    series,
    method,

    horizon,
    actual,
    forecast,

    origin as origin_month,
    forecast_month

from {{ source('engine', 'vehicle_backtest') }}
