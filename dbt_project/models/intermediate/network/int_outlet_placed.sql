-- Where an outlet stands: the few fields that every fact needs to find its day, market and money.

select
    outlet_code as outlet_id,
    name as outlet_name,
    outlet_kind,
    market,
    region_path,
    timezone,
    currency,
    supplier_outlet_code,
    lead_time_days,
    review_days,
    opened_date,
    closed_date

from {{ ref('stg_outlet') }}
