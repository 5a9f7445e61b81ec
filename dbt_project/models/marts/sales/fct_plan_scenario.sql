-- What the scenario that holds changes: its lines.

with

held as (

    select
        plan_scenario_id,
        name,
        {{ each_line('changes') }} as line
    from {{ ref('int_plan_scenario_held') }}

)

select
    plan_scenario_id,
    row_number() over (
        partition by plan_scenario_id order by line.measure, line.series, line.plan_month, line.value
    ) as line_no,
    name,
    line.measure as measure,
    line.series as series,
    cast(line.plan_month as date) as plan_month,
    cast(line.value as double) as value

from held
