select
    -- ids
    warranty_rule_id,

    -- text
    state,
    check_kind,
    market,
    currency,
    outcome,
    reason,

    -- numbers
    version,
    most,

    -- dates and times
    effective_from_date,
    effective_to_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'warranty_rule'), 'warranty_rule_id') }}
