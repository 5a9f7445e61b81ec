select
    lead_id,
    outlet_id,
    horizon_days,
    probability,
    scored_date

from {{ source('engine', 'lead_score') }}
