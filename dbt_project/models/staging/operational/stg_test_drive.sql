select
    -- ids
    test_drive_id,
    outlet_id,
    lead_id,
    vin,

    -- text
    state,

    -- numbers
    version,
    score,

    -- booleans
    has_consent,

    -- dates and times
    slot_at,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'test_drive'), 'test_drive_id') }}
