select
    -- ids
    value_added_sale_id,
    outlet_id,
    vin,
    customer_id,
    staff_id,
    policy_no,

    -- text
    state,
    sale_kind,
    provider,
    currency,
    cancel_reason,

    -- numbers
    version,
    amount_minor,
    commission_minor,

    -- dates and times
    sold_at,
    starts_date,
    ends_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'value_added_sale'), 'value_added_sale_id') }}
