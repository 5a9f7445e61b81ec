-- Every request for a part as it was made. Nothing is moved along the chain here: the number asked
-- for stays, the number it would be ordered under today stands beside it, for its car where the car is known.

select
    demand.part_demand_id,
    demand.outlet_id,
    demand.part_id,
    coalesce(by_car.current_part_id, chains.current_part_id) as current_part_id,
    demand.substitute_part_id,
    demand.repair_order_id,
    demand.vin,
    demand.channel,
    demand.state,
    demand.lost_reason,
    demand.quantity,
    demand.filled_quantity,
    demand.backordered_quantity,
    demand.lost_quantity,
    coalesce(by_car.factor, chains.factor) as chain_factor,
    demand.quantity * coalesce(by_car.factor, chains.factor) as demand_units,
    by_car.part_id is not null as is_by_car,
    demand.state = 'cancelled' as is_cancelled,
    demand.state <> 'cancelled' and demand.filled_quantity is not null as is_answered,
    coalesce(demand.backordered_quantity, 0) + coalesce(demand.lost_quantity, 0) > 0 as is_short,
    demand.demanded_at,
    demand.demand_date,
    {{ month_of('demand.demand_date') }} as demand_month

from (
    select
        lines.*,
        {{ local_date('lines.demanded_at', 'outlets.timezone') }} as demand_date
    from {{ ref('stg_part_demand') }} as lines
    inner join {{ ref('int_outlet_placed') }} as outlets on lines.outlet_id = outlets.outlet_id
) as demand
inner join {{ ref('int_part_chain_resolved') }} as chains on demand.part_id = chains.part_id
left join {{ ref('int_part_car_branch') }} as by_car
    on demand.part_id = by_car.part_id and {{ is_for_car('demand.vin', 'by_car') }} and demand.vin is not null
where demand.demand_date <= {{ as_of_date() }}
