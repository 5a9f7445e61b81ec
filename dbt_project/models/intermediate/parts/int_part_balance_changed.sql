-- Four balances of a part at an outlet, changed by events: on hand, ordered, in transit, owed by the
-- warehouse. One row per outlet, part and day on which any of them changed; closing values.

with

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

    select outlet_id, part_id, owed_since_date, 0, 0, 0, quantity, 0, null
    from {{ ref('stg_backorder_line') }}
    where owed_since_date <= {{ as_of_date() }}

    union all

    select outlet_id, part_id, greatest(cast(effective_at as date), owed_since_date), 0, 0, 0, -quantity, 0, null
    from {{ ref('stg_backorder_line') }}
    where
        state in ('filled', 'cancelled')
        and owed_since_date <= {{ as_of_date() }}
        and cast(effective_at as date) <= {{ as_of_date() }}

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
