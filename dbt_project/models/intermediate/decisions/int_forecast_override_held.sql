-- Overrides that hold on the as-of day: applied and not yet fallen away.

select
    forecast_override_id,
    subject,
    region_path,
    outlet_code as outlet_id,
    coalesce(series, part_id) as item,
    forecast_month,
    mode,
    value,
    author_level,
    effective_at

from {{ ref('stg_forecast_override') }}
where
    state = 'applied'
    and (expires_date is null or expires_date > {{ as_of_date() }})
