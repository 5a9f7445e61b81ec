-- Days from order to receipt as they were, by part where there are enough receipts, else by
-- outlet and supplier. Only stock orders of the last two years; urgent ones are another service.

with

receipts as (

    select
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

)

select
    outlet_id,
    supplier_outlet_code,
    part_id,
    cast(count(*) as bigint) as receipts,
    avg(lead_days) as lead_time_days,
    stddev_samp(lead_days) as lead_time_sd_days
from receipts
group by outlet_id, supplier_outlet_code, part_id
having count(*) >= {{ var('lead_time_least_receipts') }}

union all

select
    outlet_id,
    supplier_outlet_code,
    null as part_id,
    cast(count(*) as bigint) as receipts,
    avg(lead_days) as lead_time_days,
    stddev_samp(lead_days) as lead_time_sd_days
from receipts
group by outlet_id, supplier_outlet_code
having count(*) >= {{ var('lead_time_least_receipts') }}
