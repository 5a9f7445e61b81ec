select
    -- ids
    vin,

    -- numbers
    odometer_km,

    -- dates and times
    read_at,
    loaded_at

from {{ latest_loaded(source('feeds', 'telematics_odometer'), ['vin', 'read_at']) }}
