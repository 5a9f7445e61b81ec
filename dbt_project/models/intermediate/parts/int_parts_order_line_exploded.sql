-- Lines of the parts orders that were sent; drafts, rejections and cancellations order nothing.

with

lines as (

    select
        parts_order_id,
        outlet_id,
        supplier_outlet_code,
        order_type,
        state,
        currency,
        ordered_at,
        requested_date,
        coalesce(received_at, case when state in ('received', 'settled') then effective_at end) as received_at,
        {{ each_line('lines') }} as line
    from {{ ref('stg_parts_order') }}
    where state not in ('draft', 'rejected', 'cancelled')

)

select
    lines.parts_order_id,
    cast(lines.line.line_no as bigint) as line_no,
    lines.outlet_id,
    lines.supplier_outlet_code,
    lines.order_type,
    lines.state,
    lines.currency,
    lines.line.part_id as part_id,
    cast(lines.line.quantity as bigint) as quantity,
    cast(lines.line.unit_price_minor as bigint) as unit_price_minor,
    lines.line.suggestion_id as suggestion_id,
    -- east of Greenwich an order of this day may bear tomorrow's date already; it is known, so it counts
    least({{ local_date('lines.ordered_at', 'outlets.timezone') }}, {{ as_of_date() }}) as ordered_date,
    lines.requested_date,
    {{ local_date('lines.received_at', 'outlets.timezone') }} as received_date

from lines
inner join {{ ref('int_outlet_placed') }} as outlets on lines.outlet_id = outlets.outlet_id
where
    least(
        {{ local_date('lines.ordered_at', 'outlets.timezone') }}, {{ local_date('lines.ordered_at', "'UTC'") }}
    ) <= {{ as_of_date() }}
