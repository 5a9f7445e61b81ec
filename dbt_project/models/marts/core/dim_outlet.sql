select
    outlets.outlet_code as outlet_id,
    outlets.name,
    outlets.legal_entity,
    outlets.outlet_kind,
    outlets.market,
    outlets.region_path,
    {{ top_region('outlets.region_path') }} as region,
    outlets.city,
    outlets.timezone,
    outlets.currency,
    outlets.language,
    outlets.supplier_outlet_code,
    outlets.state,
    outlets.lead_time_days,
    outlets.review_days,
    outlets.outlet_kind in ('regional_warehouse', 'central_warehouse') as is_warehouse,
    outlets.opened_date,
    outlets.closed_date

from {{ ref('stg_outlet') }} as outlets
