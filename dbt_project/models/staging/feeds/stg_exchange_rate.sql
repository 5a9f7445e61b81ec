select
    -- ids
    from_currency,
    to_currency,

    -- text
    source,

    -- numbers
    cast(rate as double) as rate,

    -- dates and times
    rate_date,
    loaded_at

from {{ latest_loaded(source('feeds', 'exchange_rate'), ['rate_date', 'from_currency', 'to_currency']) }}
