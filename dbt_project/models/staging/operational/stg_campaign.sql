select
    -- ids
    campaign_id,
    outlet_id,

    -- text
    state,
    name,
    campaign_type,
    owner_level,
    channel,
    series,
    currency,
    fund_type,
    note,
    result,
    reject_reason,

    -- numbers
    version,
    budget_minor,
    oem_share_minor,
    target_leads,

    -- dates and times
    starts_date,
    ends_date,
    effective_at,
    recorded_at

from {{ latest_version(source('operational', 'campaign'), 'campaign_id') }}
