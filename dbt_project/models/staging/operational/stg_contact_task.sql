select
    -- ids
    contact_task_id,
    outlet_id,
    contact_rule_id,
    lead_id,
    customer_id,
    vin,
    staff_id,
    cause_key,
    previous_task_id,
    level_after,

    -- text
    state,
    rule_code,
    cause,
    channel,
    estimate,
    result,
    level_before,
    escalated_to,
    skip_reason,

    -- numbers
    version,

    -- dates and times
    due_date,
    remind_date,
    next_due_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'contact_task'), 'contact_task_id') }}
