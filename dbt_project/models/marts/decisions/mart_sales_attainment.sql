-- Target, actual and forecast by series and month. Wholesale (sent to the outlet) and retail (handed to an
-- owner) stand side by side and are never added. The pace is by working days of the outlet's market.

with

targets as (

    select
        outlet_id,
        series,
        target_month as sales_month,
        max(case when measure = 'retail' then units end) as retail_target,
        max(case when measure = 'wholesale' then units end) as wholesale_target
    from (
        select
            *,
            row_number() over (
                partition by outlet_id, series, target_month, measure
                order by effective_at desc, sales_target_id desc
            ) as latest
        from {{ ref('stg_sales_target') }}
        where state in ('issued', 'revised')
    ) as ranked
    where latest = 1
    group by outlet_id, series, target_month

),

retail as (

    select
        outlet_id,
        series,
        delivered_month as sales_month,
        count(*) as retail_units,
        {{ count_where("sales_channel = 'key_account'") }} as key_account_units
    from {{ ref('int_retail_delivery_counted') }}
    group by outlet_id, series, delivered_month

),

wholesale as (

    select outlet_id, series, {{ month_of('dispatched_date') }} as sales_month, count(*) as wholesale_units
    from {{ ref('mart_order_pipeline') }}
    where dispatched_date is not null
    group by outlet_id, series, {{ month_of('dispatched_date') }}

),

forecasts as (

    select
        outlet_id,
        item as series,
        forecast_month as sales_month,
        units as forecast_units,
        vintage_date as forecast_vintage_date,
        kind as forecast_kind
    from {{ ref('int_forecast_last_made') }}
    where subject = 'vehicle'

),

cells as (

    select outlet_id, series, sales_month from targets
    union all
    select outlet_id, series, sales_month from retail
    union all
    select outlet_id, series, sales_month from wholesale
    union all
    select outlet_id, series, sales_month from forecasts

),

keys as (

    select outlet_id, series, sales_month
    from cells
    group by outlet_id, series, sales_month

),

paces as (

    select
        market,
        calendar_month,
        {{ count_where('is_working_day') }} as working_days,
        {{ count_where('is_working_day and calendar_date <= ' ~ as_of_date()) }} as working_days_elapsed
    from {{ ref('dim_market_day') }}
    group by market, calendar_month

)

select
    keys.outlet_id,
    outlets.market,
    outlets.region_path,
    keys.series,
    keys.sales_month,
    targets.retail_target,
    -- a month that has not begun has no actuals, which is not the same as none sold
    case when keys.sales_month <= {{ as_of_date() }} then cast(coalesce(retail.retail_units, 0) as bigint) end
        as retail_units,
    case when keys.sales_month <= {{ as_of_date() }} then coalesce(retail.key_account_units, 0) end
        as key_account_units,
    targets.wholesale_target,
    case when keys.sales_month <= {{ as_of_date() }} then cast(coalesce(wholesale.wholesale_units, 0) as bigint) end
        as wholesale_units,
    forecasts.forecast_units,
    forecasts.forecast_vintage_date,
    forecasts.forecast_kind,
    paces.working_days,
    paces.working_days_elapsed,
    cast(targets.retail_target as double) * {{ ratio('paces.working_days_elapsed', 'paces.working_days') }}
        as retail_target_to_date,
    cast(targets.wholesale_target as double) * {{ ratio('paces.working_days_elapsed', 'paces.working_days') }}
        as wholesale_target_to_date,
    keys.sales_month < {{ running_month() }} as is_complete_month

from keys
inner join {{ ref('int_outlet_placed') }} as outlets on keys.outlet_id = outlets.outlet_id
left join paces on outlets.market = paces.market and keys.sales_month = paces.calendar_month
left join targets
    on keys.outlet_id = targets.outlet_id and keys.series = targets.series and keys.sales_month = targets.sales_month
left join retail
    on keys.outlet_id = retail.outlet_id and keys.series = retail.series and keys.sales_month = retail.sales_month
left join wholesale
    on
        keys.outlet_id = wholesale.outlet_id
        and keys.series = wholesale.series
        and keys.sales_month = wholesale.sales_month
left join forecasts
    on
        keys.outlet_id = forecasts.outlet_id
        and keys.series = forecasts.series
        and keys.sales_month = forecasts.sales_month
