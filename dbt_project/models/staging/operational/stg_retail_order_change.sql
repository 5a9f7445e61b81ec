select
    -- ids
    retail_order_id,
    outlet_id,
    customer_id,
    lead_id,
    product_id,
    vin,
    staff_id,
    price_list_id,
    price_band_id,

    -- text
    state,
    action,
    actor,
    currency,
    fifo_override_reason,
    fifo_override_note,

    -- numbers
    version,
    price_minor,
    deposit_minor,
    list_minor,
    below_list_percent,

    -- dates and times
    ordered_at,
    promised_date,
    effective_at,
    recorded_at

from {{ source('operational', 'retail_order') }}
