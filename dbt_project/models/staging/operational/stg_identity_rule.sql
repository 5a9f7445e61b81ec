select
    -- ids
    identity_rule_id,

    -- text
    state,
    reason,

    -- numbers
    version,
    auto_permille,
    review_permille,

    -- dates and times
    effective_from_date,
    effective_to_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'identity_rule'), 'identity_rule_id') }}
