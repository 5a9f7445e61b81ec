select
    -- ids
    service_contract_id,
    outlet_id,
    vin,
    customer_id,

    -- text
    state,
    plan,
    currency,
    cancel_reason,

    -- numbers
    version,
    limit_km,
    visits,
    price_minor,

    -- dates and times
    starts_date,
    ends_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'service_contract'), 'service_contract_id') }}
