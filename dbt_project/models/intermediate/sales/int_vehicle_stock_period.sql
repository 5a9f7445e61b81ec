-- From when to when a car stood at an outlet. Changes of bay are not moves in or out.

with

moves as (

    select
        moves.vin,
        moves.outlet_id,
        moves.move_type,
        moves.moved_at,
        moves.vehicle_stock_move_id,
        moves.move_type in ('receipt', 'transfer_in', 'customer_return') as is_entry,
        {{ local_date('moves.moved_at', 'outlets.timezone') }} as moved_date
    from {{ ref('stg_vehicle_stock_move') }} as moves
    inner join {{ ref('int_outlet_placed') }} as outlets on moves.outlet_id = outlets.outlet_id
    where moves.move_type <> 'bay_move'

),

followed as (

    select
        *,
        lead(moved_date) over (
            partition by vin, outlet_id order by moved_at, vehicle_stock_move_id
        ) as left_date
    from moves
    where moved_date <= {{ as_of_date() }}

)

select
    vin,
    outlet_id,
    move_type as entry_type,
    moved_date as received_date,
    left_date

from followed
where is_entry
