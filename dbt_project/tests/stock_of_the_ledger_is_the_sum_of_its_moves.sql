-- The last balance of every part equals the sum of all its moves up to the as-of day.

with

moves as (

    select moves.outlet_id, moves.part_id, sum(moves.quantity) as moved_units
    from {{ ref('stg_parts_stock_move') }} as moves
    inner join {{ ref('int_outlet_placed') }} as outlets on moves.outlet_id = outlets.outlet_id
    where {{ local_date('moves.moved_at', 'outlets.timezone') }} <= {{ as_of_date() }}
    group by moves.outlet_id, moves.part_id

)

select moves.outlet_id, moves.part_id, moves.moved_units, balances.on_hand

from moves
left join {{ ref('int_part_balance_changed') }} as balances
    on
        moves.outlet_id = balances.outlet_id
        and moves.part_id = balances.part_id
        and balances.next_changed_date is null
where balances.on_hand is null or balances.on_hand <> moves.moved_units
