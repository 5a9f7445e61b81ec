select
    -- ids
    vehicle_order_id,
    outlet_id,
    retail_order_id,
    product_id,
    vin,
    fund_account_id,

    -- text
    state,
    order_type,
    currency,
    fund_type,
    fifo_override_reason,
    fifo_override_note,
    reject_reason,

    -- numbers
    version,
    priority,
    price_minor,
    fund_available_minor,
    fund_credit_minor,
    fund_held_minor,

    -- dates and times
    ordered_date,
    wanted_date,
    promised_date,
    fund_checked_at,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'vehicle_order'), 'vehicle_order_id') }}
