-- Four balances of a part at an outlet, changed by events: on hand, ordered, in transit, owed by the
-- warehouse. One row per outlet, part and day on which any of them changed; closing values.

with

dispatched as (

    select parts_shipment_id, min(shipped_date) as shipped_date
    from {{ ref('int_parts_shipment_line_exploded') }}
    group by parts_shipment_id

),

-- the warehouse owes a unit until it leaves, or is given up
closing as (

    select
        lines.backorder_line_id,
        lines.outlet_id,
        lines.parts_order_id,
        lines.line_no,
        lines.part_id,
        lines.state,
        lines.quantity,
        lines.owed_since_date,
        coalesce(
            dispatched.shipped_date,
            case when lines.state in ('filled', 'cancelled') then cast(lines.effective_at as date) end
        ) as closed_date
    from {{ ref('stg_backorder_line') }} as lines
    left join dispatched on lines.parts_shipment_id = dispatched.parts_shipment_id
    where lines.owed_since_date <= {{ as_of_date() }}

),

owed as (

    select
        outlet_id,
        parts_order_id,
        line_no,
        part_id,
        quantity,
        owed_since_date,
        case when closed_date <= {{ as_of_date() }} then greatest(closed_date, owed_since_date) end as closed_date,
        -- several of one line may be given up; the order line adds them up
        state = 'cancelled' and row_number() over (
            partition by parts_order_id, line_no
            order by case when state = 'cancelled' then 0 else 1 end, closed_date desc, backorder_line_id desc
        ) = 1 as is_last_cancelled
    from closing

),

events as (

    select outlet_id, part_id, moved_date as changed_date,
        moved_units as on_hand, 0 as on_order, 0 as in_transit, 0 as owed, issued_units, unit_cost_minor
    from {{ ref('int_part_stock_day_changed') }}

    union all

    select outlet_id, part_id, ordered_date, 0, quantity, 0, 0, 0, null
    from {{ ref('int_parts_order_line_followed') }}

    union all

    select outlet_id, part_id, unadvised_received_date, 0, -unadvised_units, 0, 0, 0, null
    from {{ ref('int_parts_order_line_followed') }}
    where unadvised_units > 0

    union all

    -- a dispatch without its order is in transit all the same, but was never on order
    select shipped.outlet_id, shipped.part_id, shipped.shipped_date,
        0, case when lines.parts_order_id is null then 0 else -shipped.quantity end, shipped.quantity, 0, 0, null
    from {{ ref('int_parts_shipment_line_exploded') }} as shipped
    left join {{ ref('int_parts_order_line_exploded') }} as lines
        on shipped.parts_order_id = lines.parts_order_id and shipped.line_no = lines.line_no

    union all

    select outlet_id, part_id, received_date, 0, 0, -quantity, 0, 0, null
    from {{ ref('int_parts_shipment_line_exploded') }}
    where received_date is not null

    union all

    -- given up by the warehouse: no longer on order
    select owed.outlet_id, owed.part_id, owed.closed_date, 0, -lines.cancelled_units, 0, 0, 0, null
    from owed
    inner join {{ ref('int_parts_order_line_followed') }} as lines
        on owed.parts_order_id = lines.parts_order_id and owed.line_no = lines.line_no
    where owed.is_last_cancelled and lines.cancelled_units > 0

    union all

    select outlet_id, part_id, owed_since_date, 0, 0, 0, quantity, 0, null
    from owed

    union all

    select outlet_id, part_id, closed_date, 0, 0, 0, -quantity, 0, null
    from owed
    where closed_date is not null

),

days as (

    select
        outlet_id,
        part_id,
        changed_date,
        sum(on_hand) as on_hand,
        sum(on_order) as on_order,
        sum(in_transit) as in_transit,
        sum(owed) as owed,
        sum(issued_units) as issued_units,
        max(unit_cost_minor) as unit_cost_minor
    from events
    group by outlet_id, part_id, changed_date

)

select
    outlet_id,
    part_id,
    changed_date,
    cast(sum(on_hand) over so_far as bigint) as on_hand,
    cast(sum(on_order) over so_far as bigint) as on_order,
    cast(sum(in_transit) over so_far as bigint) as in_transit,
    cast(sum(owed) over so_far as bigint) as owed_by_supplier,
    max(case when issued_units > 0 then changed_date end) over so_far as last_issue_date,
    min(case when on_hand > 0 then changed_date end) over so_far as first_receipt_date,
    last_value(unit_cost_minor ignore nulls) over so_far as unit_cost_minor,
    lead(changed_date) over (partition by outlet_id, part_id order by changed_date) as next_changed_date

from days
window so_far as (
    partition by outlet_id, part_id order by changed_date
    rows between unbounded preceding and current row
)
