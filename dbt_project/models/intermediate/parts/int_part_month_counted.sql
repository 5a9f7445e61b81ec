-- Demand as recorded, carried to the end of the chain; one row per outlet, part and month since the
-- first request, months without a request included. Only complete months.

with

demand as (

    select
        outlet_id,
        current_part_id as part_id,
        demand_month,
        sum(demand_units) as observed_units,
        sum(coalesce(lost_quantity, 0) * chain_factor) as lost_units,
        sum(coalesce(backordered_quantity, 0) * chain_factor) as backordered_units,
        sum(case when part_id <> current_part_id then demand_units else 0 end) as superseded_units,
        count(*) as demand_lines
    from {{ ref('fct_part_demand') }}
    where not is_cancelled and demand_month < {{ running_month() }}
    group by outlet_id, current_part_id, demand_month

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
