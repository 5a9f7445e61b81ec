select
    -- ids
    customer_id,
    outlet_id,

    -- text
    state,
    customer_type,
    country,
    language,
    source,

    -- numbers
    version,

    -- dates and times
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'customer_record'), 'customer_id') }}
