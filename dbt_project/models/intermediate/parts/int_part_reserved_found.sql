-- Units that open repair orders will still take: asked for on the order, not yet issued to it.

with

asked as (

    select
        outlet_id,
        repair_order_id,
        part_id,
        {{ total('quantity') }} as asked_units
    from {{ ref('int_repair_order_part_exploded') }}
    where state in ('approved', 'in_work', 'waiting_parts')
    group by outlet_id, repair_order_id, part_id

),

issued as (

    select
        outlet_id,
        reference as repair_order_id,
        part_id,
        {{ total('-quantity') }} as issued_units
    from {{ ref('stg_parts_stock_move') }}
    where move_type = 'issue_repair_order'
    group by outlet_id, reference, part_id

)

select
    asked.outlet_id,
    asked.part_id,
    {{ total('greatest(asked.asked_units - coalesce(issued.issued_units, 0), 0)') }} as reserved_units

from asked
left join issued
    on
        asked.outlet_id = issued.outlet_id
        and asked.repair_order_id = issued.repair_order_id
        and asked.part_id = issued.part_id
group by asked.outlet_id, asked.part_id
