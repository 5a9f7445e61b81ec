select
    -- ids
    vin,
    product_id,
    holder_outlet_code,

    -- text
    state,
    engine_no,
    plant,
    usage,

    -- numbers
    version,

    -- dates and times
    production_date,
    registration_date,
    warranty_start_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'vehicle'), 'vin') }}
