select
    -- ids
    vehicle_order_id,
    outlet_id,
    retail_order_id,
    product_id,
    vin,

    -- text
    state,
    order_type,
    currency,
    fund_type,
    reject_reason,

    -- numbers
    version,
    priority,
    price_minor,

    -- dates and times
    ordered_date,
    wanted_date,
    promised_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'vehicle_order'), 'vehicle_order_id') }}
