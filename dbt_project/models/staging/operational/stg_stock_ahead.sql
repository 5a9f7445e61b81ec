select
    -- ids
    stock_ahead_id,

    -- text
    state,
    market,
    series,
    note,

    -- numbers
    version,
    cast(share_percent as double) as share_percent,
    cover_units,

    -- dates and times
    stock_month,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'stock_ahead'), 'stock_ahead_id') }}
