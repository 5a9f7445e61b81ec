select
    outlet_id,
    part_id,

    method,

    horizon,
    mean,
    q10,
    q50,
    q80,
    q90,
    q95,
    q99,

    forecast_month

from {{ source('engine', 'part_forecast') }}
