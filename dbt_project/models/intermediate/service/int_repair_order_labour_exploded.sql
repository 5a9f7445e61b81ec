-- Labour lines of repair orders.

select
    repair_order_id,
    outlet_id,
    line.operation as operation,
    line.pay_type as pay_type,
    cast(line.standard_hours as double) as sold_hours,
    cast(line.worked_hours as double) as worked_hours,
    cast(line.amount_minor as bigint) as amount_minor,
    line.technician_id as technician_id

from (
    select
        repair_order_id,
        outlet_id,
        {{ each_line('labour') }} as line
    from {{ ref('stg_repair_order') }}
    where state <> 'cancelled'
) as lines
