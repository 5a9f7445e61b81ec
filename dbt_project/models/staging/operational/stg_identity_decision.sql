select
    -- ids
    identity_decision_id,
    record_l,
    record_r,

    -- text
    state,
    decision,
    reason,

    -- numbers
    version,

    -- dates and times
    decided_at,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'identity_decision'), 'identity_decision_id') }}
