select
    -- ids
    product_id,

    -- text
    state,
    brand,
    series,
    model,
    variant,
    colour,
    predecessor_series,
    currency,

    -- numbers
    version,
    model_year,
    list_price_minor,

    -- dates and times
    launch_date,
    run_out_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'product'), 'product_id') }}
