-- Repair orders with the days of their steps in the outlet's zone; cancelled ones left out.
-- Work is done when it was made ready; an order without that instant, when it was settled.

with

dated as (

    select
        orders.repair_order_id,
        orders.outlet_id,
        orders.vin,
        orders.customer_id,
        orders.service_appointment_id,
        orders.staff_id,
        orders.state,
        orders.complaint_code,
        orders.currency,
        orders.odometer_km,
        orders.opened_at,
        orders.promised_at,
        coalesce(orders.ready_at, orders.settled_at) as ready_at,
        {{ local_date('orders.opened_at', 'outlets.timezone') }} as opened_date,
        {{ local_date('coalesce(orders.ready_at, orders.settled_at)', 'outlets.timezone') }} as ready_date,
        {{ local_date('orders.settled_at', 'outlets.timezone') }} as settled_date
    from {{ ref('stg_repair_order') }} as orders
    inner join {{ ref('int_outlet_placed') }} as outlets on orders.outlet_id = outlets.outlet_id
    where orders.state <> 'cancelled'

)

select
    repair_order_id,
    outlet_id,
    vin,
    customer_id,
    service_appointment_id,
    staff_id,
    state,
    complaint_code,
    currency,
    odometer_km,
    opened_at,
    promised_at,
    case when ready_date <= {{ as_of_date() }} then ready_at end as ready_at,
    opened_date,
    case when ready_date <= {{ as_of_date() }} then ready_date end as ready_date,
    case when settled_date <= {{ as_of_date() }} then settled_date end as settled_date

from dated
where opened_date <= {{ as_of_date() }}
