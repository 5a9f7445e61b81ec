select
    -- ids
    service_action_id,

    -- text
    state,
    title,
    action_kind,
    bulletin,
    operation,

    -- numbers
    version,
    standard_hours,

    -- dates and times
    announced_date,
    ends_date,
    effective_at,
    recorded_at,

    -- lines
    parts

from {{ latest_version(source('operational', 'service_action'), 'service_action_id') }}
