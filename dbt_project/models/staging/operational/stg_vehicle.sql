select
    -- ids
    vin,
    product_id,

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
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'vehicle'), 'vin') }}
