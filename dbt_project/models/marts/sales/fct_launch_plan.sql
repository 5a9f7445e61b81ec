-- Approved launches: a series without a history sells as another one does.

select
    launch_plan_id,
    series,
    region_path,
    analogous_series,
    launch_month,
    scale_percent,
    ramp_months,
    replaced_series,
    run_out_months

from {{ ref('stg_launch_plan') }}
where state = 'approved' and cast(least(effective_at, recorded_at) as date) <= {{ as_of_date() }}
