-- What a golden customer did, over every outlet: cars and workshop visits count once, whoever wrote them down.
-- An owner whose last visit or hand-over is longer ago than the lapse window has lapsed; who owns nothing, has not.

with

members as (

    select customer_id, golden_id
    from {{ ref('map_customer_source') }}
    where is_current

),

done as (

    select
        members.golden_id,
        deliveries.outlet_id,
        deliveries.delivered_date as done_date,
        1 as cars,
        0 as visits
    from {{ ref('int_retail_delivery_counted') }} as deliveries
    inner join members on deliveries.customer_id = members.customer_id

    union all

    select
        members.golden_id,
        orders.outlet_id,
        orders.opened_date as done_date,
        0 as cars,
        1 as visits
    from {{ ref('int_repair_order_dated') }} as orders
    inner join members on orders.customer_id = members.customer_id

),

summed as (

    select
        golden_id,
        cast(sum(cars) as bigint) as cars_bought,
        cast(sum(visits) as bigint) as workshop_visits,
        cast(count(distinct outlet_id) as bigint) as outlets_visited,
        min(done_date) as first_seen_date,
        max(done_date) as last_seen_date
    from done
    group by golden_id

)

select
    golden_id,
    cars_bought,
    workshop_visits,
    outlets_visited,
    first_seen_date,
    last_seen_date,
    cast({{ days_between('last_seen_date', as_of_date()) }} as bigint) as days_since_seen,
    cast({{ days_between('last_seen_date', as_of_date()) }} as bigint) > {{ var('customer_lapse_days') }} as has_lapsed

from summed
