-- Every claim from repair to money: how late it was sent, how long it took, what came of it.
-- A claim that was ever sent back is not accepted at first pass, whatever came later.

with

steps as (

    select
        changes.warranty_claim_id,
        min(case when changes.state = 'submitted' then changes.submitted_date end) as first_submitted_date,
        {{ count_where("changes.action = 'return_to_dealer'") }} as returns,
        min(case when changes.state = 'settled' then {{ local_date('changes.effective_at', 'outlets.timezone') }} end)
            as settled_date
    from {{ ref('stg_warranty_claim_change') }} as changes
    inner join {{ ref('int_outlet_placed') }} as outlets on changes.outlet_id = outlets.outlet_id
    where {{ local_date('changes.effective_at', 'outlets.timezone') }} <= {{ as_of_date() }}
    group by changes.warranty_claim_id

),

claims as (

    select
        claims.*,
        steps.settled_date,
        steps.returns,
        coalesce(steps.first_submitted_date, claims.submitted_date) as first_submitted_date,
        claims.labour_minor + claims.parts_minor + coalesce(claims.sublet_minor, 0) as asked_minor,
        case
            when claims.state in ('approved', 'part_approved', 'rejected') then claims.state
            when claims.state = 'settled' and claims.approved_minor
                < claims.labour_minor + claims.parts_minor + coalesce(claims.sublet_minor, 0) then 'part_approved'
            when claims.state = 'settled' then 'approved'
        end as decision
    from {{ ref('stg_warranty_claim') }} as claims
    inner join steps on claims.warranty_claim_id = steps.warranty_claim_id
    where claims.repaired_date <= {{ as_of_date() }}

)

select
    claims.warranty_claim_id,
    claims.outlet_id,
    claims.repair_order_id,
    claims.vin,
    vehicles.series,
    claims.causal_part_id,
    claims.failure_code,
    claims.state,
    claims.decision,
    claims.reason,
    claims.currency,
    claims.odometer_km,
    claims.asked_minor,
    claims.approved_minor,
    claims.returns,
    claims.repaired_date,
    claims.first_submitted_date as submitted_date,
    {{ month_of('claims.first_submitted_date') }} as submitted_month,
    claims.decided_date,
    claims.settled_date,
    {{ days_between('claims.repaired_date', 'claims.first_submitted_date') }} as submission_lag_days,
    {{ days_between('claims.first_submitted_date', 'claims.decided_date') }} as decision_days,
    {{ days_between('claims.first_submitted_date', 'claims.settled_date') }} as payment_days,
    cast({{ months_between_firsts('vehicles.warranty_start_date', 'claims.repaired_date') }} as bigint)
        as months_in_service,
    claims.decision is not null as is_decided,
    claims.decision = 'approved' and claims.returns = 0 as is_first_pass

from claims
left join {{ ref('dim_vehicle') }} as vehicles on claims.vin = vehicles.vin
