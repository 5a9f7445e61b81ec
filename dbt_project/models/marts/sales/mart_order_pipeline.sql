-- Where every ordered car is, how long each stage took, and whether the first promise held.
-- Later promises are shown but never replace the first.

with

orders as (

    select
        orders.vehicle_order_id,
        orders.outlet_id,
        orders.product_id,
        products.series,
        products.variant,
        orders.retail_order_id,
        orders.vin,
        orders.order_type,
        orders.state,
        orders.priority,
        orders.price_minor,
        orders.currency,
        orders.ordered_date,
        orders.wanted_date,
        stages.submitted_date,
        stages.fund_checked_date,
        stages.approved_date,
        stages.scheduled_date,
        stages.produced_date,
        stages.allocated_date,
        stages.dispatched_date,
        stages.received_date,
        stages.last_changed_date,
        stages.first_promised_date as promised_date,
        stages.last_promised_date,
        orders.state not in ('draft', 'rejected', 'cancelled') as is_live
    from {{ ref('stg_vehicle_order') }} as orders
    inner join {{ ref('stg_product') }} as products on orders.product_id = products.product_id
    inner join {{ ref('int_vehicle_order_staged') }} as stages on orders.vehicle_order_id = stages.vehicle_order_id
    where orders.ordered_date <= {{ as_of_date() }}

),

deliveries as (

    select vin, min(delivered_date) as delivered_date
    from {{ ref('int_retail_delivery_counted') }}
    group by vin

),

-- the contract the car is matched to now; one that was cancelled since has given it back
matches as (

    select
        changes.vin,
        max({{ local_date('changes.effective_at', 'outlets.timezone') }}) as matched_date
    from {{ ref('stg_retail_order_change') }} as changes
    inner join {{ ref('stg_retail_order') }} as contracts
        on changes.retail_order_id = contracts.retail_order_id and changes.vin = contracts.vin
    inner join {{ ref('int_outlet_placed') }} as outlets on changes.outlet_id = outlets.outlet_id
    where changes.action = 'match' and contracts.state in ('matched', 'delivered')
    group by changes.vin

),

voyages as (

    select vin, eta_date, arrival_date
    from {{ ref('int_shipment_car_exploded') }}
    where latest = 1

)

select
    orders.vehicle_order_id,
    orders.outlet_id,
    orders.product_id,
    orders.series,
    orders.variant,
    orders.retail_order_id,
    orders.vin,
    orders.order_type,
    orders.state,
    orders.priority,
    orders.price_minor,
    orders.currency,
    orders.ordered_date,
    orders.wanted_date,
    orders.submitted_date,
    orders.fund_checked_date,
    orders.approved_date,
    orders.scheduled_date,
    orders.produced_date,
    orders.allocated_date,
    orders.dispatched_date,
    voyages.eta_date,
    case when voyages.arrival_date <= {{ as_of_date() }} then voyages.arrival_date end as arrived_date,
    orders.received_date,
    case when matches.matched_date <= {{ as_of_date() }} then matches.matched_date end as matched_date,
    deliveries.delivered_date,
    orders.promised_date,
    orders.last_promised_date,
    {{ days_between('orders.submitted_date', 'orders.approved_date') }} as approve_days,
    {{ days_between('orders.approved_date', 'orders.scheduled_date') }} as schedule_days,
    {{ days_between('orders.scheduled_date', 'orders.produced_date') }} as build_days,
    {{ days_between('orders.dispatched_date', 'orders.received_date') }} as transit_days,
    {{ days_between('orders.submitted_date', 'orders.received_date') }} as order_to_receipt_days,
    {{ days_between('orders.submitted_date', 'deliveries.delivered_date') }} as order_to_delivery_days,
    case
        when orders.is_live and orders.received_date is null
            then {{ days_between('orders.last_changed_date', as_of_date()) }}
    end as days_in_stage,
    -- an open order slips from its promise to today; it cannot be early before it has come
    case
        when orders.is_live and orders.received_date is not null
            then {{ days_between('orders.promised_date', 'orders.received_date') }}
        when orders.is_live
            then greatest({{ days_between('orders.promised_date', as_of_date()) }}, 0)
    end as slip_days,
    orders.is_live and orders.received_date is null as is_open,
    orders.is_live and orders.promised_date is not null
    and (orders.received_date is not null or orders.promised_date < {{ as_of_date() }}) as is_due,
    case
        when orders.is_live and orders.received_date is not null
            then orders.received_date <= orders.promised_date
        when orders.is_live and orders.promised_date < {{ as_of_date() }} then false
    end as is_on_time

from orders
left join deliveries on orders.vin = deliveries.vin
left join matches on orders.vin = matches.vin
left join voyages on orders.vin = voyages.vin
