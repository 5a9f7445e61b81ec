select
    -- ids
    retail_delivery_id,
    outlet_id,
    vin,
    customer_id,
    retail_order_id,
    lead_id,
    staff_id,

    -- text
    state,
    invoice_no,
    currency,
    sales_channel,
    fifo_override_reason,
    fifo_override_note,

    -- numbers
    version,
    odometer_km,
    price_minor,

    -- dates and times
    delivered_date,
    warranty_start_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'retail_delivery'), 'retail_delivery_id') }}
