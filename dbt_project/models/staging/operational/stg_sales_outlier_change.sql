select
    -- ids
    sales_outlier_id,
    outlet_code,

    -- text
    state,
    action,
    actor,
    region_path,
    series,
    reason_code,
    note,

    -- numbers
    version,
    cast(replacement_units as double) as replacement_units,

    -- dates and times
    sales_month,
    effective_at,
    recorded_at

from {{ source('operational', 'sales_outlier') }}
