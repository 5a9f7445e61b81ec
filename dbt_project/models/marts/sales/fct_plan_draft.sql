-- Scenarios that wait for signatures, with all that decides what each outlet would get under them.

select
    plan_scenario_id,
    cast(version as bigint) as version,
    coalesce(allocation_rule, 'days_supply') as allocation_rule,
    cast(to_json(changes) as varchar) as changes,
    cast(to_json(locks) as varchar) as locks

from {{ ref('stg_plan_scenario') }}
where state = 'draft' and cast(least(effective_at, recorded_at) as date) <= {{ as_of_date() }}
