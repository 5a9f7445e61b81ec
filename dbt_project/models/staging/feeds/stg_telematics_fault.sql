select
    -- ids
    vin,
    fault_code,

    -- text
    severity,

    -- numbers
    odometer_km,

    -- dates and times
    seen_at,
    loaded_at

from {{ latest_loaded(source('feeds', 'telematics_fault'), ['vin', 'fault_code', 'seen_at']) }}
