-- Part lines of repair orders.

select
    repair_order_id,
    outlet_id,
    state,
    line.part_id as part_id,
    line.pay_type as pay_type,
    cast(line.quantity as bigint) as quantity,
    cast(line.amount_minor as bigint) as amount_minor

from (
    select
        repair_order_id,
        outlet_id,
        state,
        {{ each_line('parts') }} as line
    from {{ ref('stg_repair_order') }}
    where state <> 'cancelled'
) as lines
