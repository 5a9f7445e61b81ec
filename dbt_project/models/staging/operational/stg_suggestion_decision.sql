select
    -- ids
    suggestion_decision_id,
    outlet_id,
    suggestion_id,
    run_id,
    part_id,
    parts_order_id,

    -- text
    state,
    decision,
    reason,
    note,

    -- numbers
    version,
    suggested_quantity,
    decided_quantity,

    -- dates and times
    decided_at,
    snooze_until_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'suggestion_decision'), 'suggestion_decision_id', versioned=false) }}
