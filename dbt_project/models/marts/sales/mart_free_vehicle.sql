-- Cars at the maker that no order has yet, and whether something holds them back.

with

taken as (

    select vin
    from {{ ref('stg_vehicle_order') }}
    where vin is not null and state not in ('draft', 'rejected', 'cancelled')
    group by vin

),

locks as (

    select vin, min(reason) as lock_reason
    from {{ ref('stg_vehicle_lock') }}
    where state = 'active'
    group by vin

)

select
    vehicles.vin,
    vehicles.product_id,
    products.series,
    products.variant,
    vehicles.production_date,
    locks.vin is not null as is_locked,
    locks.lock_reason

from {{ ref('stg_vehicle') }} as vehicles
inner join {{ ref('stg_product') }} as products on vehicles.product_id = products.product_id
left join taken on vehicles.vin = taken.vin
left join locks on vehicles.vin = locks.vin
where vehicles.state = 'built' and taken.vin is null and vehicles.production_date <= {{ as_of_date() }}
