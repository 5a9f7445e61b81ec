-- The scenario that holds: the one promoted last and not withdrawn since.

select
    plan_scenario_id,
    name,
    allocation_rule,
    changes,
    locks
from (
    select
        *,
        row_number() over (order by recorded_at desc, plan_scenario_id desc) as choice
    from {{ ref('stg_plan_scenario') }}
    where state = 'promoted' and cast(least(effective_at, recorded_at) as date) <= {{ as_of_date() }}
) as promoted
where choice = 1
