-- Days from order to receipt of every line that arrived in the last two years. Stock orders alone: urgent
-- ones are another service.

select
    lines.parts_order_id,
    lines.line_no,
    lines.outlet_id,
    lines.supplier_outlet_code,
    chains.current_part_id as part_id,
    {{ days_between('lines.ordered_date', 'lines.received_date') }} as lead_days

from {{ ref('int_parts_order_line_followed') }} as lines
inner join {{ ref('int_part_chain_resolved') }} as chains on lines.part_id = chains.part_id
where
    lines.order_type = 'stock'
    and lines.received_date is not null
    and lines.received_date >= {{ add_days(as_of_date(), -730) }}
