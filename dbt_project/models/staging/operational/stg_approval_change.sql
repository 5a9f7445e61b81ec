select
    -- ids
    approval_id,
    outlet_id,
    document_key,
    approval_rule_id,

    -- text
    state,
    action,
    actor,
    document_type,
    mode,
    approver_grant,
    author,
    asked_by,
    currency,
    comment,

    -- numbers
    version,
    round,
    step_no,
    amount_minor,

    -- dates and times
    effective_at,
    recorded_at

from {{ source('operational', 'approval') }}
