select
    -- ids
    part_price_id,
    part_id,

    -- text
    state,
    market,
    price_type,
    currency,

    -- numbers
    version,
    price_minor,

    -- dates and times
    valid_from_date,
    valid_to_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'part_price'), 'part_price_id') }}
