select
    outlet_id,

    kind,
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

    vintage_date,
    forecast_month

from {{ source('engine', 'plan_vintage') }}
