select
    plan_change_id,
    outlet_id,

    kind,
    item,

    before_units,
    after_units,

    vintage_date,
    forecast_month

from {{ source('engine', 'plan_effect') }}
