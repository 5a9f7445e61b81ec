select
    -- ids
    grade_override_id,
    outlet_id,
    customer_id,

    -- text
    state,
    grade,
    reason,

    -- numbers
    version,

    -- dates and times
    starts_date,
    ends_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'grade_override'), 'grade_override_id') }}
