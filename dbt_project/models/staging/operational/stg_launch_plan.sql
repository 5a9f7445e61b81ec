select
    -- ids
    launch_plan_id,

    -- text
    state,
    series,
    region_path,
    analogous_series,
    replaced_series,
    note,

    -- numbers
    version,
    cast(scale_percent as double) as scale_percent,
    ramp_months,
    run_out_months,

    -- dates and times
    launch_month,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'launch_plan'), 'launch_plan_id') }}
