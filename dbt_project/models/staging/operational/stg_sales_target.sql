select
    -- ids
    sales_target_id,
    outlet_id,

    -- text
    state,
    series,
    measure,

    -- numbers
    version,
    units,

    -- dates and times
    target_month,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'sales_target'), 'sales_target_id') }}
