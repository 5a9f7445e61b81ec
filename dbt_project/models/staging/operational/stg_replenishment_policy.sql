select
    -- ids
    replenishment_policy_id,
    outlet_code,

    -- text
    state,
    region_path,
    abc_class,
    criticality,
    frequency,
    reason,
    reject_reason,

    -- numbers
    version,
    fill_permille,
    phase_in_months,

    -- dates and times
    valid_from_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'replenishment_policy'), 'replenishment_policy_id') }}
