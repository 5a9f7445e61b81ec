-- What was known of car sales on this day of each month, for the month that ran and the two after it: cars
-- handed over so far, customers' orders in hand, those promised for the month, and open leads. An order or
-- lead stands at each of the three months: how much of it comes when is learnt, not assumed.

with

days as (

    select cut_month, cut_date from {{ ref('int_known_day_counted') }}

),

handed_over as (

    select
        days.cut_month,
        days.cut_month as need_month,
        deliveries.outlet_id,
        deliveries.series,
        1 as delivered_units,
        0 as promised_units,
        0 as ordered_units,
        0 as open_leads
    from {{ ref('int_retail_delivery_counted') }} as deliveries
    inner join days
        on deliveries.delivered_month = days.cut_month and deliveries.delivered_date <= days.cut_date

),

orders as (

    select
        *,
        lead(known_date) over (partition by retail_order_id order by version) as changed_date
    from (
        select
            orders.retail_order_id,
            orders.outlet_id,
            orders.state,
            orders.version,
            orders.promised_date,
            products.series,
            {{ local_date('least(orders.effective_at, orders.recorded_at)', 'outlets.timezone') }} as known_date
        from {{ ref('stg_retail_order_change') }} as orders
        inner join {{ ref('int_outlet_placed') }} as outlets on orders.outlet_id = outlets.outlet_id
        inner join {{ ref('stg_product') }} as products on orders.product_id = products.product_id
    ) as dated

),

leads as (

    select
        *,
        lead(known_date) over (partition by lead_id order by version) as changed_date
    from (
        select
            leads.lead_id,
            leads.outlet_id,
            leads.state,
            leads.version,
            leads.series,
            {{ local_date('least(leads.effective_at, leads.recorded_at)', 'outlets.timezone') }} as known_date
        from {{ ref('stg_lead_change') }} as leads
        inner join {{ ref('int_outlet_placed') }} as outlets on leads.outlet_id = outlets.outlet_id
        where leads.series is not null
    ) as dated

),

steps as (

    select cast(0 as integer) as months_ahead
    union all
    select 1 as months_ahead
    union all
    select 2 as months_ahead

),

ordered as (

    select
        days.cut_month,
        {{ add_months('days.cut_month', 'steps.months_ahead') }} as need_month,
        orders.outlet_id,
        orders.series,
        0 as delivered_units,
        case
            when
                greatest({{ month_of('orders.promised_date') }}, days.cut_month)
                = {{ add_months('days.cut_month', 'steps.months_ahead') }} then 1
            else 0
        end as promised_units,
        1 as ordered_units,
        0 as open_leads
    from orders
    inner join days
        on
            orders.known_date <= days.cut_date
            and (orders.changed_date is null or orders.changed_date > days.cut_date)
    cross join steps
    where orders.state in ('signed', 'approved', 'matched')

),

enquired as (

    select
        days.cut_month,
        {{ add_months('days.cut_month', 'steps.months_ahead') }} as need_month,
        leads.outlet_id,
        leads.series,
        0 as delivered_units,
        0 as promised_units,
        0 as ordered_units,
        1 as open_leads
    from leads
    inner join days
        on
            leads.known_date <= days.cut_date
            and (leads.changed_date is null or leads.changed_date > days.cut_date)
    cross join steps
    where leads.state in ('valid', 'assigned', 'following')

),

together as (

    select * from handed_over
    union all
    select * from ordered
    union all
    select * from enquired

)

select
    outlet_id,
    series,
    cut_month,
    need_month,
    cast(sum(delivered_units) as bigint) as delivered_units,
    cast(sum(promised_units) as bigint) as promised_units,
    cast(sum(ordered_units) as bigint) as ordered_units,
    cast(sum(open_leads) as bigint) as open_leads

from together
group by outlet_id, series, cut_month, need_month
