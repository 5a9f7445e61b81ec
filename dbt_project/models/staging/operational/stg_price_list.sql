select
    -- ids
    price_list_id,

    -- text
    state,
    name,
    market,
    currency,

    -- numbers
    version,

    -- dates and times
    effective_from_date,
    effective_to_date,
    effective_at,
    recorded_at,

    -- lines
    lines

from {{ latest_version(source('operational', 'price_list'), 'price_list_id') }}
