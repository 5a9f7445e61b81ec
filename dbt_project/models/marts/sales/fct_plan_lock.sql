-- How the scenario that holds shares what can be sold: its rule, and the figures it keeps. A scenario without
-- a lock has one row without a figure, so that its rule is known.

with

locks as (

    select plan_scenario_id, {{ each_line('locks') }} as line
    from {{ ref('int_plan_scenario_held') }}

)

select
    held.plan_scenario_id,
    row_number() over (
        partition by held.plan_scenario_id
        order by locks.line.series, locks.line.plan_month, locks.line.market, locks.line.outlet_code
    ) as line_no,
    coalesce(held.allocation_rule, 'days_supply') as allocation_rule,
    locks.line.outlet_code as locked_outlet_id,
    locks.line.market as market,
    locks.line.series as series,
    cast(locks.line.plan_month as date) as plan_month,
    cast(locks.line.units as bigint) as units,
    locks.line.reason as reason

from {{ ref('int_plan_scenario_held') }} as held
left join locks on held.plan_scenario_id = locks.plan_scenario_id
