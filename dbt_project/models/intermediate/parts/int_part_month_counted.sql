-- Demand as recorded, carried to the end of the chain; one row per outlet, part and month since the
-- first request, months without a request included. Only complete months.

with

carried as (

    -- a number replaced by a set is asked for as every part of the set, a kit as every part it is made of, and one
    -- replaced for some cars alone by shares where the car is not known
    select
        asked.outlet_id,
        asked.demand_month,
        asked.part_id as asked_part_id,
        asked.lost_quantity,
        asked.backordered_quantity,
        coalesce(
            sets.current_part_id, cars.current_part_id, kits.component_part_id, asked.current_part_id
        ) as carried_part_id,
        coalesce(sets.factor, cars.factor, asked.chain_factor * kits.units, asked.chain_factor) as carried_factor,
        coalesce(
            asked.quantity * sets.factor,
            asked.quantity * cars.factor,
            asked.demand_units * kits.units,
            asked.demand_units
        ) as carried_units
    from {{ ref('fct_part_demand') }} as asked
    left join {{ ref('int_part_set_component') }} as sets on asked.part_id = sets.part_id
    left join {{ ref('int_part_car_share') }} as cars on asked.part_id = cars.part_id and asked.vin is null
    left join {{ ref('bridge_part_kit') }} as kits on asked.current_part_id = kits.part_id and sets.part_id is null
    where not asked.is_cancelled and asked.demand_month < {{ running_month() }}

),

demand as (

    select
        outlet_id,
        carried_part_id as part_id,
        demand_month,
        sum(carried_units) as observed_units,
        sum(coalesce(lost_quantity, 0) * carried_factor) as lost_units,
        sum(coalesce(backordered_quantity, 0) * carried_factor) as backordered_units,
        sum(case when asked_part_id <> carried_part_id then carried_units else 0 end) as superseded_units,
        count(*) as demand_lines
    from carried
    group by outlet_id, carried_part_id, demand_month

),

series as (

    select outlet_id, part_id, min(demand_month) as first_month
    from demand
    group by outlet_id, part_id

),

calendar as (

    {{ date_series(
        "(select coalesce(min(demand_month), " ~ as_of_date() ~ ") from demand)",
        add_months(running_month(), -1),
        'month'
    ) }}

)

select
    series.outlet_id,
    series.part_id,
    calendar.calendar_date as demand_month,
    coalesce(demand.observed_units, 0) as observed_units,
    coalesce(demand.lost_units, 0) as lost_units,
    coalesce(demand.backordered_units, 0) as backordered_units,
    coalesce(demand.superseded_units, 0) as superseded_units,
    cast(coalesce(demand.demand_lines, 0) as bigint) as demand_lines

from series
inner join calendar on series.first_month <= calendar.calendar_date
left join demand
    on
        series.outlet_id = demand.outlet_id
        and series.part_id = demand.part_id
        and calendar.calendar_date = demand.demand_month
