{# The share of every range of chassis numbers among the cars that ask for a number: of the units of the last two
   years whose car is known; with too few of them among all cars on file.

   In: a relation of bounded_part_id, part_relation_id, serial_from, serial_to. Out: CTEs that end in `shares`
   (bounded_part_id, part_relation_id, share); a range without a car has no row. #}
{% macro car_range_shares(branches) -%}
    bounded as (

        select bounded_part_id
        from {{ branches }}
        group by bounded_part_id

    ),

    asked as (

        select bounded.bounded_part_id, demand.vin, sum(demand.quantity) as units
        from {{ ref('stg_part_demand') }} as demand
        inner join {{ ref('int_part_chain_resolved') }} as chains on demand.part_id = chains.part_id
        inner join bounded on chains.current_part_id = bounded.bounded_part_id
        where
            demand.vin is not null
            and demand.state <> 'cancelled'
            and cast(demand.demanded_at as date) between {{ add_months(as_of_date(), -24) }} and {{ as_of_date() }}
        group by bounded.bounded_part_id, demand.vin

    ),

    known as (

        select bounded_part_id, sum(units) as units
        from asked
        group by bounded_part_id
        having sum(units) >= {{ var('car_share_least_units') }}

    ),

    cars as (

        select asked.bounded_part_id, asked.vin, asked.units
        from asked
        inner join known on asked.bounded_part_id = known.bounded_part_id

        union all

        select bounded.bounded_part_id, vehicles.vin, 1 as units
        from bounded
        left join known on bounded.bounded_part_id = known.bounded_part_id
        cross join {{ ref('stg_vehicle') }} as vehicles
        where known.bounded_part_id is null

    ),

    counted as (

        select bounded_part_id, sum(units) as units
        from cars
        group by bounded_part_id

    ),

    shares as (

        select
            branches.bounded_part_id,
            branches.part_relation_id,
            cast(sum(cars.units) as double) / max(counted.units) as share
        from {{ branches }} as branches
        inner join cars
            on branches.bounded_part_id = cars.bounded_part_id and {{ is_for_car('cars.vin', 'branches') }}
        inner join counted on branches.bounded_part_id = counted.bounded_part_id
        group by branches.bounded_part_id, branches.part_relation_id

    )
{%- endmacro %}
