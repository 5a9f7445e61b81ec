-- Where each ordered car was and is, stage by stage, beside what is usual: how long the orders of its market that
-- left the stage in the last year had been in it. The last stage has no end, so nobody is late in it.

with

orders as (

    select pipeline.*, outlets.market, outlets.region_path
    from {{ ref('mart_order_pipeline') }} as pipeline
    inner join {{ ref('int_outlet_placed') }} as outlets on pipeline.outlet_id = outlets.outlet_id
    where pipeline.state not in ('draft', 'rejected', 'cancelled')

),

reached as (

    {% for stage, day in [
        ('ordered', 'submitted_date'), ('funded', 'fund_checked_date'), ('approved', 'approved_date'),
        ('scheduled', 'scheduled_date'), ('built', 'produced_date'), ('allocated', 'allocated_date'),
        ('shipped', 'dispatched_date'), ('arrived', 'arrived_date'), ('stocked', 'received_date'),
        ('matched', 'matched_date'), ('delivered', 'delivered_date')
    ] %}
    select
        vehicle_order_id,
        outlet_id,
        market,
        region_path,
        series,
        order_type,
        '{{ stage }}' as stage,
        {{ loop.index }} as stage_no,
        {{ day }} as entered_date
    from orders
    where {{ day }} is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

followed as (

    select
        *,
        lead(entered_date) over (partition by vehicle_order_id order by stage_no) as left_date
    from reached

),

timed as (

    select
        *,
        left_date is null as is_current,
        case
            when left_date is not null then greatest({{ days_between('entered_date', 'left_date') }}, 0)
            when stage <> 'delivered' then {{ days_between('entered_date', as_of_date()) }}
        end as stage_days
    from followed

),

usual as (

    select
        market,
        stage,
        count(*) as usual_orders,
        {{ percentile('stage_days', 0.5) }} as usual_days,
        {{ percentile('stage_days', 0.9) }} as long_days
    from timed
    where left_date > {{ add_days(as_of_date(), -365) }}
    group by market, stage
    having count(*) >= {{ var('order_stage_least_orders') }}

)

select
    timed.vehicle_order_id,
    timed.outlet_id,
    timed.market,
    timed.region_path,
    timed.series,
    timed.order_type,
    timed.stage,
    cast(timed.stage_no as bigint) as stage_no,
    timed.entered_date,
    timed.left_date,
    timed.is_current,
    cast(timed.stage_days as bigint) as stage_days,
    usual.usual_days,
    usual.long_days,
    cast(usual.usual_orders as bigint) as usual_orders,
    case when timed.stage_days is not null then timed.stage_days > usual.long_days end as is_long

from timed
left join usual on timed.market = usual.market and timed.stage = usual.stage
