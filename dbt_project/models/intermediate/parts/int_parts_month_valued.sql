-- What was handed out, asked for and sent, and what is expected, by outlet, part and month, valued at the dealer's net
-- price of the month's last day, so that sales and purchases compare. A part without a price then has no value.

with

figures as (

    select
        outlet_id,
        part_id,
        demand_month as sales_month,
        quantity - coalesce(lost_quantity, 0) as retail_units,
        quantity as demand_units,
        0 as wholesale_units,
        cast(null as double) as forecast_units,
        cast(null as date) as forecast_vintage_date,
        cast(null as varchar) as forecast_kind
    from {{ ref('fct_part_demand') }}
    where not is_cancelled

    union all

    select
        outlet_id,
        part_id,
        {{ month_of('shipped_date') }} as sales_month,
        0 as retail_units,
        0 as demand_units,
        quantity as wholesale_units,
        cast(null as double) as forecast_units,
        cast(null as date) as forecast_vintage_date,
        cast(null as varchar) as forecast_kind
    from {{ ref('int_parts_shipment_line_exploded') }}

    union all

    select
        outlet_id,
        item as part_id,
        forecast_month as sales_month,
        0 as retail_units,
        0 as demand_units,
        0 as wholesale_units,
        units as forecast_units,
        vintage_date as forecast_vintage_date,
        kind as forecast_kind
    from {{ ref('int_forecast_last_made') }}
    where subject = 'part'

),

summed as (

    select
        figures.outlet_id,
        outlets.market,
        figures.part_id,
        figures.sales_month,
        {{ add_days(add_months('figures.sales_month', 1), -1) }} as last_date,
        {{ total('figures.retail_units') }} as retail_units,
        {{ total('figures.demand_units') }} as demand_units,
        {{ total('figures.wholesale_units') }} as wholesale_units,
        sum(figures.forecast_units) as forecast_units,
        min(figures.forecast_vintage_date) as forecast_vintage_date,
        min(figures.forecast_kind) as forecast_kind
    from figures
    inner join {{ ref('int_outlet_placed') }} as outlets on figures.outlet_id = outlets.outlet_id
    group by figures.outlet_id, outlets.market, figures.part_id, figures.sales_month

),

wanted as (

    select market, part_id, last_date
    from summed
    group by market, part_id, last_date

),

prices as (

    select
        wanted.market,
        wanted.part_id,
        wanted.last_date,
        prices.price_minor,
        prices.currency,
        row_number() over (
            partition by wanted.market, wanted.part_id, wanted.last_date
            order by prices.valid_from_date desc, prices.part_price_id asc
        ) as choice
    from wanted
    inner join {{ ref('stg_part_price') }} as prices
        on
            wanted.part_id = prices.part_id
            and wanted.market = prices.market
            and prices.price_type = 'dealer_net'
            and prices.valid_from_date <= wanted.last_date
            and (prices.valid_to_date is null or prices.valid_to_date >= wanted.last_date)

)

select
    summed.outlet_id,
    summed.part_id,
    summed.sales_month,
    summed.retail_units,
    summed.demand_units,
    summed.wholesale_units,
    summed.forecast_units,
    summed.forecast_vintage_date,
    summed.forecast_kind,
    prices.price_minor,
    prices.currency

from summed
left join prices
    on
        summed.market = prices.market
        and summed.part_id = prices.part_id
        and summed.last_date = prices.last_date
        and prices.choice = 1
