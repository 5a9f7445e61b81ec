select
    -- ids
    vehicle_ownership_id,
    outlet_id,
    vin,
    customer_id,

    -- text
    state,
    reference,

    -- numbers
    version,

    -- dates and times
    starts_date,
    ends_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'vehicle_ownership'), 'vehicle_ownership_id') }}
