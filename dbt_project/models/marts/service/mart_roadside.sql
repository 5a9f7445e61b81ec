-- Calls for help by outlet and month: how fast somebody was there, and what came of it.

with

cases as (

    select
        cases.*,
        {{ month_of(local_date('cases.called_at', 'outlets.timezone')) }} as called_month
    from {{ ref('stg_roadside_case') }} as cases
    inner join {{ ref('int_outlet_placed') }} as outlets on cases.outlet_id = outlets.outlet_id
    where {{ local_date('cases.called_at', 'outlets.timezone') }} <= {{ as_of_date() }}

)

select
    outlet_id,
    called_month,
    count(*) as cases,
    {{ count_where("state = 'open'") }} as open_cases,
    {{ count_where('reached_at is not null') }} as reached_cases,
    {{ count_where("outcome = 'repaired'") }} as repaired_cases,
    {{ count_where("outcome = 'towed'") }} as towed_cases,
    cast(coalesce(sum({{ minutes_between('called_at', 'reached_at') }}), 0) as double) as minutes_to_reach

from cases
group by outlet_id, called_month
