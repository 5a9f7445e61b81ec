select
    -- ids
    plant,
    series,

    -- numbers
    capacity_units,
    scheduled_units,
    transit_days,

    -- dates and times
    build_month,
    loaded_at

from {{ latest_loaded(source('feeds', 'production_slot'), ['plant', 'series', 'build_month']) }}
