select
    -- ids
    quotation_id,
    outlet_id,
    lead_id,
    product_id,
    price_list_id,
    price_band_id,

    -- text
    state,
    action,
    actor,
    currency,

    -- numbers
    version,
    price_minor,
    discount_minor,
    list_minor,
    below_list_percent,

    -- dates and times
    valid_to_date,
    effective_at,
    recorded_at

from {{ source('operational', 'quotation') }}
