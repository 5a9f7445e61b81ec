-- From visit to delivery. Leads are followed as the cohort of the month in which they arrived; visits
-- and cards are those of the month itself, since a visit is not always a lead.

with

parties as (

    select
        parties.outlet_id,
        parties.source,
        parties.visit_type,
        parties.has_card,
        {{ local_date('parties.arrived_at', 'outlets.timezone') }} as arrived_date,
        {{ month_of(local_date('parties.arrived_at', 'outlets.timezone')) }} as cohort_month
    from {{ ref('stg_traffic_visit') }} as parties
    inner join {{ ref('int_outlet_placed') }} as outlets on parties.outlet_id = outlets.outlet_id

),

visits as (

    select
        outlet_id,
        source,
        cohort_month,
        {{ count_where("visit_type <> 'phone'") }} as visits,
        {{ count_where("visit_type = 'first'") }} as first_visits,
        {{ count_where("visit_type <> 'phone' and has_card") }} as cards
    from parties
    where arrived_date <= {{ as_of_date() }}
    group by outlet_id, source, cohort_month

),

cohorts as (

    select
        outlet_id,
        source,
        cohort_month,
        count(*) as leads,
        {{ count_where('is_valid') }} as valid_leads,
        {{ count_where('response_minutes is not null') }} as contacted_leads,
        {{ count_where('response_minutes <= 1440') }} as contacted_in_24h_leads,
        {{ count_where('has_driven') }} as test_drives,
        {{ count_where('has_ordered') }} as orders,
        {{ count_where('has_delivered') }} as deliveries,
        {{ count_where('is_lost') }} as lost_leads,
        {{ percentile('response_minutes', 0.5) }} as response_p50_minutes,
        {{ percentile('response_minutes', 0.9) }} as response_p90_minutes
    from {{ ref('int_lead_outcome_found') }}
    group by outlet_id, source, cohort_month

),

cells as (

    select outlet_id, source, cohort_month from visits
    union all
    select outlet_id, source, cohort_month from cohorts

),

keys as (

    select outlet_id, source, cohort_month
    from cells
    group by outlet_id, source, cohort_month

)

select
    keys.outlet_id,
    keys.source,
    keys.cohort_month,
    coalesce(visits.visits, 0) as visits,
    coalesce(visits.first_visits, 0) as first_visits,
    coalesce(visits.cards, 0) as cards,
    cast(coalesce(cohorts.leads, 0) as bigint) as leads,
    coalesce(cohorts.valid_leads, 0) as valid_leads,
    coalesce(cohorts.contacted_leads, 0) as contacted_leads,
    coalesce(cohorts.contacted_in_24h_leads, 0) as contacted_in_24h_leads,
    coalesce(cohorts.test_drives, 0) as test_drives,
    coalesce(cohorts.orders, 0) as orders,
    coalesce(cohorts.deliveries, 0) as deliveries,
    coalesce(cohorts.lost_leads, 0) as lost_leads,
    cohorts.response_p50_minutes,
    cohorts.response_p90_minutes,
    {{ add_days(add_months('keys.cohort_month', 1), var('lead_maturity_days')) }} <= {{ as_of_date() }} as is_mature

from keys
left join visits
    on keys.outlet_id = visits.outlet_id and keys.source = visits.source and keys.cohort_month = visits.cohort_month
left join cohorts
    on keys.outlet_id = cohorts.outlet_id and keys.source = cohorts.source and keys.cohort_month = cohorts.cohort_month
