select
    -- ids
    part_launch_plan_id,
    part_id,
    analogous_part_id,

    -- text
    state,
    region_path,
    note,

    -- numbers
    version,
    cast(scale_percent as double) as scale_percent,
    ramp_months,

    -- dates and times
    launch_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'part_launch_plan'), 'part_launch_plan_id') }}
