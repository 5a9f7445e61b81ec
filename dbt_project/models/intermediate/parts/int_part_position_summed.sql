-- Where every part stands at every outlet on the as-of day, at the end of its chain.
-- Predecessors' orders come in as successors' units; their stock stays apart, and counts only where
-- it is to be used up first. A number that a set replaces stands at every part of the set, with its factor.

with

balances as (

    select
        outlet_id,
        part_id,
        on_hand,
        on_order,
        in_transit
    from {{ ref('int_part_balance_changed') }}
    where next_changed_date is null

),

-- a kit lies nowhere: what is reserved, owed or booked of it is so of its parts
kits as (

    select part_id, component_part_id, units
    from {{ ref('bridge_part_kit') }}

),

reserved as (

    select
        found.outlet_id,
        coalesce(kits.component_part_id, found.part_id) as part_id,
        sum(found.reserved_units * coalesce(kits.units, 1)) as reserved_units
    from {{ ref('int_part_reserved_found') }} as found
    left join kits on found.part_id = kits.part_id
    group by found.outlet_id, coalesce(kits.component_part_id, found.part_id)

),

-- a transfer that is agreed or asked for is no free stock there and no need here
transfers as (

    select outlet_id, part_id, leaving_units, coming_units
    from {{ ref('int_part_transfer_open') }}

),

owed_to_customers as (

    select
        demand.outlet_id,
        coalesce(
            kits.component_part_id, case when demand.is_by_car then demand.current_part_id end, demand.part_id
        ) as part_id,
        sum(coalesce(demand.backordered_quantity, 0) * coalesce(
            demand.chain_factor * kits.units, case when demand.is_by_car then demand.chain_factor end, 1
        )) as backordered
    from {{ ref('fct_part_demand') }} as demand
    left join kits on demand.current_part_id = kits.part_id
    where demand.state = 'open'
    group by
        demand.outlet_id,
        coalesce(kits.component_part_id, case when demand.is_by_car then demand.current_part_id end, demand.part_id)

),

-- a visit on or after the day on which its part is replaced takes the successor
booked as (

    select
        appointments.outlet_id,
        coalesce(
            kits.component_part_id, by_car.current_part_id, ahead.successor_part_id, appointments.part_id
        ) as part_id,
        sum(
            appointments.quantity * coalesce(kits.units, by_car.factor, chains.factor * ahead.factor, 1)
        ) as booked_units
    from {{ ref('int_appointment_part_exploded') }} as appointments
    inner join {{ ref('int_outlet_placed') }} as outlets on appointments.outlet_id = outlets.outlet_id
    left join kits on appointments.part_id = kits.part_id
    left join {{ ref('int_part_car_branch') }} as by_car
        on
            appointments.part_id = by_car.part_id
            and appointments.vin is not null
            and {{ is_for_car('appointments.vin', 'by_car') }}
    left join {{ ref('int_part_chain_resolved') }} as chains on appointments.part_id = chains.part_id
    left join {{ ref('int_part_replaced_ahead') }} as ahead
        on
            chains.current_part_id = ahead.part_id
            and not ahead.is_bounded
            and appointments.slot_date >= ahead.change_date
    where
        appointments.slot_date > {{ as_of_date() }}
        and appointments.slot_date <= {{ add_days(
            as_of_date(), 'cast(coalesce(outlets.lead_time_days, ' ~ var('lead_time_default_days') ~ ') as integer)'
        ) }}
    group by
        appointments.outlet_id,
        coalesce(kits.component_part_id, by_car.current_part_id, ahead.successor_part_id, appointments.part_id)

),

asked as (

    select
        outlet_id,
        case when is_by_car then current_part_id else part_id end as part_id,
        max(demand_date) as last_demand_date
    from {{ ref('fct_part_demand') }}
    where not is_cancelled
    group by outlet_id, case when is_by_car then current_part_id else part_id end

),

expected as (

    select outlet_id, part_id, min(eta_date) as next_eta_date
    from {{ ref('int_parts_order_line_followed') }}
    where on_order_units + in_transit_units > 0 and eta_date >= {{ as_of_date() }}
    group by outlet_id, part_id

),

numbers as (

    select outlet_id, part_id from balances
    union all
    select outlet_id, part_id from asked
    union all
    select outlet_id, part_id from booked
    union all
    select outlet_id, part_id from owed_to_customers
    union all
    select outlet_id, part_id from reserved
    union all
    select outlet_id, part_id from transfers

),

-- where a number leads: one end, or every part of the set that replaces it
ends as (

    select
        chains.part_id,
        chains.hops,
        chains.use_up,
        coalesce(sets.current_part_id, chains.current_part_id) as current_part_id,
        coalesce(sets.factor, chains.factor) as factor
    from {{ ref('int_part_chain_resolved') }} as chains
    left join {{ ref('int_part_set_component') }} as sets on chains.part_id = sets.part_id

),

-- where one number of a group is known any other may be ordered for it
interchanged as (

    select numbers.outlet_id, stand_ins.stands_in_part_id as part_id
    from numbers
    inner join {{ ref('int_part_chain_resolved') }} as chains on numbers.part_id = chains.part_id
    inner join {{ ref('int_part_stand_in_reached') }} as stand_ins on chains.current_part_id = stand_ins.part_id
    where stand_ins.is_two_way

),

-- what is to replace a number may be ordered before its first day
replaced as (

    select numbers.outlet_id, ahead.successor_part_id as part_id
    from numbers
    inner join {{ ref('int_part_chain_resolved') }} as chains on numbers.part_id = chains.part_id
    inner join {{ ref('int_part_replaced_ahead') }} as ahead on chains.current_part_id = ahead.part_id

),

-- what is launched may be ordered before its first day, where the part it resembles is known
launched as (

    select numbers.outlet_id, launches.part_id
    from numbers
    inner join {{ ref('int_part_chain_resolved') }} as chains on numbers.part_id = chains.part_id
    inner join {{ ref('fct_part_launch') }} as launches
        on numbers.outlet_id = launches.outlet_id and chains.current_part_id = launches.analogous_part_id
    where launches.launch_date <= {{ add_days(as_of_date(), 365) }}

),

pairs as (

    select outlet_id, part_id
    from (
        select outlet_id, part_id from numbers
        union all
        select outlet_id, part_id from interchanged
        union all
        select outlet_id, part_id from replaced
        union all
        select outlet_id, part_id from launched
    ) as known
    group by outlet_id, part_id

)

select
    pairs.outlet_id,
    ends.current_part_id as part_id,
    {{ total_or_zero('case when ends.hops = 0 then balances.on_hand end') }} as on_hand,
    cast(coalesce(sum(
        (coalesce(reserved.reserved_units, 0) + coalesce(transfers.leaving_units, 0)) * ends.factor
    ), 0) as double) as reserved,
    cast(coalesce(sum(balances.on_order * ends.factor), 0) as double) as on_order,
    cast(coalesce(sum(
        (coalesce(balances.in_transit, 0) + coalesce(transfers.coming_units, 0)) * ends.factor
    ), 0) as double) as in_transit,
    cast(coalesce(sum(owed_to_customers.backordered * ends.factor), 0) as double) as backordered,
    cast(coalesce(sum(
        case when ends.hops > 0 and ends.use_up = 'use_up_first' then balances.on_hand * ends.factor end
    ), 0) as double) as predecessor_on_hand,
    cast(coalesce(sum(booked.booked_units * ends.factor), 0) as double) as booked_units,
    min(expected.next_eta_date) as next_eta_date,
    max(asked.last_demand_date) as last_demand_date

from pairs
inner join ends on pairs.part_id = ends.part_id
left join balances on pairs.outlet_id = balances.outlet_id and pairs.part_id = balances.part_id
left join reserved on pairs.outlet_id = reserved.outlet_id and pairs.part_id = reserved.part_id
left join transfers on pairs.outlet_id = transfers.outlet_id and pairs.part_id = transfers.part_id
left join owed_to_customers
    on pairs.outlet_id = owed_to_customers.outlet_id and pairs.part_id = owed_to_customers.part_id
left join booked on pairs.outlet_id = booked.outlet_id and pairs.part_id = booked.part_id
left join asked on pairs.outlet_id = asked.outlet_id and pairs.part_id = asked.part_id
left join expected on pairs.outlet_id = expected.outlet_id and pairs.part_id = expected.part_id
group by pairs.outlet_id, ends.current_part_id
