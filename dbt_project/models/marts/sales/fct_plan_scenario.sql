-- The scenario that holds: the one promoted last and not withdrawn since. Its lines.

with

held as (

    select
        plan_scenario_id,
        name,
        {{ each_line('changes') }} as line
    from (
        select
            *,
            row_number() over (order by recorded_at desc, plan_scenario_id desc) as choice
        from {{ ref('stg_plan_scenario') }}
        where state = 'promoted' and cast(least(effective_at, recorded_at) as date) <= {{ as_of_date() }}
    ) as promoted
    where choice = 1

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
