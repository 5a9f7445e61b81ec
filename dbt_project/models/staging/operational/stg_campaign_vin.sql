select
    -- ids
    campaign_vin_id,
    service_action_id,
    vin,
    outlet_code,

    -- text
    state,
    reason,
    delivery_reason,
    delivery_note,

    -- numbers
    version,

    -- dates and times
    done_at,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'campaign_vin'), 'campaign_vin_id') }}
