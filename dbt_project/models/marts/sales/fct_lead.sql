select
    lead_id,
    outlet_id,
    source,
    campaign,
    series,
    level,
    staff_id,
    state,
    lost_reason,
    arrived_at,
    first_contact_at,
    arrived_date,
    cohort_month,
    delivered_date,
    cast(response_minutes as double) as response_minutes,
    is_valid,
    is_lost,
    has_driven,
    has_ordered,
    has_delivered

from {{ ref('int_lead_outcome_found') }}
