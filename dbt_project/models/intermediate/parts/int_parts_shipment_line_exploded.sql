-- Lines of the warehouses' dispatches, with the days they left and arrived in the outlet's zone.

with

lines as (

    select
        parts_shipment_id,
        parts_order_id,
        outlet_id,
        shipped_at,
        eta_date,
        received_at,
        {{ each_line('lines') }} as line
    from {{ ref('stg_parts_shipment') }}

),

dated as (

    select
        lines.parts_shipment_id,
        lines.parts_order_id,
        cast(lines.line.line_no as bigint) as line_no,
        lines.outlet_id,
        lines.line.part_id as part_id,
        cast(lines.line.quantity as bigint) as quantity,
        {{ local_date('lines.shipped_at', 'outlets.timezone') }} as shipped_date,
        lines.eta_date,
        {{ local_date('lines.received_at', 'outlets.timezone') }} as received_date
    from lines
    inner join {{ ref('int_outlet_placed') }} as outlets on lines.outlet_id = outlets.outlet_id

)

select
    parts_shipment_id,
    parts_order_id,
    line_no,
    outlet_id,
    part_id,
    quantity,
    shipped_date,
    eta_date,
    case when received_date <= {{ as_of_date() }} then received_date end as received_date

from dated
where shipped_date <= {{ as_of_date() }}
