-- Units asked for in complete months, carried along their chains, are those of the monthly mart.

with

asked as (

    select coalesce(sum(coalesce(asked.quantity * sets.factor, asked.demand_units)), 0) as units
    from {{ ref('fct_part_demand') }} as asked
    left join {{ ref('int_part_set_component') }} as sets on asked.part_id = sets.part_id
    where not asked.is_cancelled and asked.demand_month < {{ running_month() }}

),

counted as (

    select coalesce(sum(observed_units), 0) as units
    from {{ ref('mart_part_demand_month') }}

)

select asked.units as asked_units, counted.units as counted_units

from asked
cross join counted
where abs(asked.units - counted.units) > 0.000001 * greatest(asked.units, 1)
