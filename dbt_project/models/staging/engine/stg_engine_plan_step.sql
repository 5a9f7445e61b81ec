select
    outlet_id,

    subject,
    market,
    region_path,
    item,

    naive,
    statistical,
    dealer,
    region,
    hq,
    final,

    forecast_month

from {{ source('engine', 'plan_step') }}
