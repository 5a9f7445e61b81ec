select
    -- ids
    outlet_code,
    supplier_outlet_code,
    successor_outlet_code,

    -- text
    state,
    action,
    actor,
    name,
    legal_entity,
    tax_id,
    outlet_kind,
    market,
    region_path,
    city,
    timezone,
    currency,
    language,

    -- numbers
    version,
    lead_time_days,
    review_days,

    -- dates and times
    opened_date,
    closed_date,
    effective_at,
    recorded_at

from {{ source('operational', 'outlet') }}
