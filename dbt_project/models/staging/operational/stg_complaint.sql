select
    -- ids
    complaint_id,
    outlet_id,
    customer_id,
    vin,
    staff_id,
    repair_order_id,

    -- text
    state,
    channel,
    category,
    level,
    subject,
    answer,

    -- numbers
    version,

    -- dates and times
    received_at,
    due_at,
    resolved_at,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'complaint'), 'complaint_id') }}
