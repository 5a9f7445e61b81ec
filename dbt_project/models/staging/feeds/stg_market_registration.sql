select
    -- ids
    market,

    -- text
    brand,
    segment,

    -- numbers
    units,

    -- dates and times
    registration_month,
    loaded_at

from {{ latest_loaded(source('feeds', 'market_registration'), ['registration_month', 'market', 'brand', 'segment']) }}
