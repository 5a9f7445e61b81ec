select
    -- ids
    approval_id,
    outlet_id,
    document_key,
    approval_rule_id,

    -- text
    state,
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

from {{ latest_version(source('operational', 'approval'), 'approval_id') }}
