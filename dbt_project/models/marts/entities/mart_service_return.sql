-- The chance that an owner brings the car to a workshop of the network within the horizon, and what moved it most.
-- The outlet is the one that wrote the owner down. Who may be contacted is asked at the moment of contact
-- (/v1/audiences), never stored here: a refusal of this morning counts this morning.

select
    scores.vin,
    scores.customer_id,
    scores.outlet_id,
    cars.series,
    reasons.reason_1,
    reasons.reason_2,
    reasons.reason_3,
    cast(rank() over (partition by scores.outlet_id order by scores.probability desc) as bigint) as rank_at_outlet,
    scores.horizon_days,
    scores.probability,
    uses.last_visit_date,
    scores.scored_date

from {{ ref('stg_engine_service_return') }} as scores
inner join {{ ref('dim_vehicle') }} as cars on scores.vin = cars.vin
left join {{ ref('mart_vehicle_360') }} as uses on scores.vin = uses.vin
left join {{ ref('int_score_reason_said') }} as reasons
    on scores.vin = reasons.document_key and reasons.document = 'vehicle'
