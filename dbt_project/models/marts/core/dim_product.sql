select
    product_id,
    brand,
    series,
    model,
    variant,
    colour,
    predecessor_series,
    state,
    currency,
    model_year,
    list_price_minor,
    launch_date,
    run_out_date

from {{ ref('stg_product') }}
