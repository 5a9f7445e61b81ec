-- The chance that an open lead orders within the horizon, and what moved it most. Ranked within the outlet.

select
    scores.lead_id,
    scores.outlet_id,
    people.customer_id,
    leads.source,
    leads.series,
    leads.level,
    leads.state,
    reasons.reason_1,
    reasons.reason_2,
    reasons.reason_3,
    cast(rank() over (partition by scores.outlet_id order by scores.probability desc) as bigint) as rank_at_outlet,
    scores.horizon_days,
    scores.probability,
    leads.arrived_date,
    scores.scored_date

from {{ ref('stg_engine_lead_score') }} as scores
inner join {{ ref('fct_lead') }} as leads on scores.lead_id = leads.lead_id
inner join {{ ref('stg_lead') }} as people on scores.lead_id = people.lead_id
left join {{ ref('int_score_reason_said') }} as reasons
    on scores.lead_id = reasons.document_key and reasons.document = 'lead'
