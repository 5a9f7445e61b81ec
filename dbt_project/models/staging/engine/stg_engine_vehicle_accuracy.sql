select
    level,
    method,

    horizon,
    wape,
    bias,
    mase,
    n

from {{ source('engine', 'vehicle_accuracy') }}
