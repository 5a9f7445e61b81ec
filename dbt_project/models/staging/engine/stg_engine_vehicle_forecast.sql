select
    outlet_id,

    market,
    region_path,
    series,
    method,

    horizon,
    mean,
    q10,
    q50,
    q90,

    forecast_month

from {{ source('engine', 'vehicle_forecast') }}
