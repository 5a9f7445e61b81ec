select
    -- ids
    plan_scenario_id,

    -- text
    state,
    name,
    parent_scenario,
    assumption,
    assumption_owner,
    allocation_rule,

    -- numbers
    version,

    -- dates and times
    effective_at,
    recorded_at,

    -- lines
    changes,
    locks,
    assumptions

from {{ latest_version(source('operational', 'plan_scenario'), 'plan_scenario_id') }}
