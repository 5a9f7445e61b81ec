select
    -- ids
    staff_id,
    outlet_id,

    -- text
    state,
    position,

    -- numbers
    version,

    -- dates and times
    hired_date,
    left_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'staff'), 'staff_id') }}
