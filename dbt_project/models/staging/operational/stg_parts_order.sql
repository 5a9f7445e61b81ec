select
    -- ids
    parts_order_id,
    outlet_id,
    supplier_outlet_code,
    run_id,
    fund_account_id,

    -- text
    state,
    order_type,
    fund_type,
    currency,
    reject_reason,

    -- numbers
    version,
    total_minor,
    fund_available_minor,
    fund_credit_minor,
    fund_held_minor,

    -- dates and times
    ordered_at,
    requested_date,
    received_at,
    fund_checked_at,
    effective_at,
    recorded_at,

    -- lines
    lines,
    shortages

from {{ latest_version(source('operational', 'parts_order'), 'parts_order_id') }}
