select
    -- ids
    allocation_rule_id,

    -- text
    state,
    subject,
    market,
    share,

    -- numbers
    version,

    -- dates and times
    effective_from_date,
    effective_to_date,
    effective_at,
    recorded_at,

    -- lines
    weights

from {{ latest_version(source('operational', 'allocation_rule'), 'allocation_rule_id') }}
