select
    -- ids
    parts_order_id,
    outlet_id,
    supplier_outlet_code,
    run_id,

    -- text
    state,
    order_type,
    fund_type,
    currency,
    reject_reason,

    -- numbers
    version,
    total_minor,

    -- dates and times
    ordered_at,
    requested_date,
    received_at,
    effective_at,
    recorded_at,

    -- lines
    lines

from {{ latest_version(source('operational', 'parts_order'), 'parts_order_id') }}
