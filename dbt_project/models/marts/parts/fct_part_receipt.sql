-- What came to an outlet's shelf, by day, under today's number: the newest of it is what still lies there.

select
    moves.outlet_id,
    chains.current_part_id as part_id,
    {{ local_date('moves.moved_at', 'outlets.timezone') }} as received_date,
    cast(floor(sum(moves.quantity * chains.factor)) as bigint) as units

from {{ ref('stg_parts_stock_move') }} as moves
inner join {{ ref('int_outlet_placed') }} as outlets on moves.outlet_id = outlets.outlet_id
inner join {{ ref('int_part_chain_resolved') }} as chains on moves.part_id = chains.part_id
where
    moves.move_type = 'receipt'
    and moves.quantity > 0
    and {{ local_date('moves.moved_at', 'outlets.timezone') }}
    between {{ add_months(as_of_date(), -24) }} and {{ as_of_date() }}
group by
    moves.outlet_id,
    chains.current_part_id,
    {{ local_date('moves.moved_at', 'outlets.timezone') }}
