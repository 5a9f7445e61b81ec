-- The stock ledger by day: one row per outlet, part and day on which something moved.

with

moves as (

    select
        moves.outlet_id,
        moves.part_id,
        {{ local_date('moves.moved_at', 'outlets.timezone') }} as moved_date,
        moves.moved_at,
        moves.quantity,
        moves.unit_cost_minor,
        moves.move_type in ('issue_repair_order', 'counter_sale', 'internal_use') as is_issue
    from {{ ref('stg_parts_stock_move') }} as moves
    inner join {{ ref('int_outlet_placed') }} as outlets on moves.outlet_id = outlets.outlet_id

),

days as (

    select
        outlet_id,
        part_id,
        moved_date,
        {{ total('quantity') }} as moved_units,
        {{ total_or_zero('case when is_issue then -quantity end') }} as issued_units,
        {{ value_at_latest('unit_cost_minor', 'moved_at') }} as unit_cost_minor
    from moves
    where moved_date <= {{ as_of_date() }}
    group by outlet_id, part_id, moved_date

)

select
    outlet_id,
    part_id,
    moved_date,
    moved_units,
    issued_units,
    unit_cost_minor,
    cast(sum(moved_units) over (
        partition by outlet_id, part_id order by moved_date
        rows between unbounded preceding and current row
    ) as bigint) as on_hand,
    lead(moved_date) over (partition by outlet_id, part_id order by moved_date) as next_moved_date

from days
