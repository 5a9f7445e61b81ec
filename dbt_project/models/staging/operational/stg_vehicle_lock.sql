select
    -- ids
    vehicle_lock_id,
    outlet_id,
    vin,

    -- text
    state,
    reason,
    reference,
    remark,

    -- numbers
    version,

    -- dates and times
    locked_at,
    until_at,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'vehicle_lock'), 'vehicle_lock_id') }}
