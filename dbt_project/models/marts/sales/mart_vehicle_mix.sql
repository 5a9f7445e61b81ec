-- What the sales of a series were made of: its variants over the last twelve complete months. A variant is on
-- sale while any of its products is.

with

sales as (

    select
        outlet_id,
        series,
        model,
        variant,
        count(*) as units
    from {{ ref('int_retail_delivery_counted') }}
    where
        delivered_month >= {{ add_months(running_month(), -12) }}
        and delivered_month < {{ running_month() }}
    group by outlet_id, series, model, variant

),

variants as (

    select
        series,
        model,
        variant,
        max(case when state = 'ended' then 0 else 1 end) as on_sale
    from {{ ref('stg_product') }}
    group by series, model, variant

)

select
    outlets.market,
    outlets.region_path,
    sales.outlet_id,
    sales.series,
    sales.model,
    sales.variant,
    cast(sales.units as bigint) as units,
    variants.on_sale = 1 as is_on_sale

from sales
inner join {{ ref('int_outlet_placed') }} as outlets on sales.outlet_id = outlets.outlet_id
inner join variants
    on
        sales.series = variants.series
        and sales.model = variants.model
        and sales.variant = variants.variant
