-- A golden customer as an outlet that knows him may see him: by the outlet's own latest words, with what the brand
-- knows of permission, grade and stage. What other outlets wrote down, sold or repaired is not in it.

with

own_words as (

    select *
    from (
        select
            here.outlet_id,
            here.golden_id,
            customers.customer_type,
            names.given_name,
            names.family_name,
            names.company_name,
            names.phone,
            names.email,
            names.city,
            customers.country,
            customers.language,
            row_number() over (
                partition by here.outlet_id, here.golden_id
                order by customers.recorded_at desc, customers.customer_id asc
            ) as place
        from {{ ref('int_customer_here') }} as here
        inner join {{ ref('map_customer_source') }} as members
            on here.golden_id = members.golden_id and here.outlet_id = members.outlet_id and members.is_current
        inner join {{ ref('stg_customer_record') }} as customers on members.customer_id = customers.customer_id
        left join {{ ref('stg_customer_record_personal') }} as names on members.customer_id = names.customer_id
    ) as ranked
    where place = 1

),

own_events as (

    select
        outlet_id,
        golden_id,
        cast({{ count_where("event_kind = 'retail_delivery'") }} as bigint) as cars_bought,
        cast({{ count_where("event_kind = 'repair_order'") }} as bigint) as workshop_visits,
        cast({{ count_where("event_kind = 'lead'") }} as bigint) as leads,
        max(event_date) as last_event_date
    from {{ ref('fct_customer_event') }}
    group by outlet_id, golden_id

),

known_by as (

    select
        golden_id,
        cast(count(*) as bigint) as outlets,
        cast(sum(records) as bigint) as records
    from {{ ref('int_customer_here') }}
    group by golden_id

),

lists as (

    select
        outlet_id,
        golden_id,
        {{ count_where("kind = 'blacklist'") }} > 0 as is_blacklisted,
        {{ count_where("kind = 'contact_refusal'") }} > 0 as has_refused_contact
    from {{ ref('mart_customer_permission') }}
    group by outlet_id, golden_id

),

homes as (

    select
        golden_id,
        cast(count(*) as bigint) as household_members
    from (
        select golden_l as golden_id from {{ ref('bridge_household') }}
        union all
        select golden_r as golden_id from {{ ref('bridge_household') }}
    ) as ends
    group by golden_id

),

merged as (

    select
        ends.golden_id,
        places.outlet_id,
        ends.record,
        max(ends.probability) as probability
    from (
        select golden_l as golden_id, record_l as record, record_r as other, probability
        from {{ ref('mart_identity_pair') }}
        where is_merged
        union all
        select golden_r as golden_id, record_r as record, record_l as other, probability
        from {{ ref('mart_identity_pair') }}
        where is_merged
    ) as ends
    inner join {{ ref('map_customer_source') }} as places on ends.record = places.customer_id and places.is_current
    inner join {{ ref('map_customer_source') }} as others
        on ends.other = others.customer_id and others.is_current and places.outlet_id = others.outlet_id
    group by ends.golden_id, places.outlet_id, ends.record

),

sure as (

    select
        golden_id,
        outlet_id,
        min(probability) as match_confidence
    from merged
    group by golden_id, outlet_id

),

doubts as (

    select
        golden_id,
        cast(count(*) as bigint) as pairs_to_review
    from (
        select golden_l as golden_id from {{ ref('mart_identity_pair') }} where band = 'review' and not is_merged
        union all
        select golden_r as golden_id from {{ ref('mart_identity_pair') }} where band = 'review' and not is_merged
    ) as ends
    group by golden_id

)

select
    here.outlet_id,
    here.golden_id,
    here.customer_id as known_as_id,
    own_words.customer_type,
    own_words.given_name,
    own_words.family_name,
    own_words.company_name,
    own_words.phone,
    own_words.email,
    own_words.city,
    own_words.country,
    own_words.language,
    cast(here.records as bigint) as own_records,
    known_by.records,
    known_by.outlets,
    coalesce(homes.household_members, 0) as household_members,
    coalesce(doubts.pairs_to_review, 0) as pairs_to_review,
    coalesce(own_events.leads, 0) as leads,
    coalesce(own_events.cars_bought, 0) as cars_bought,
    coalesce(own_events.workshop_visits, 0) as workshop_visits,
    own_events.last_event_date,
    coalesce(lists.is_blacklisted, false) as is_blacklisted,
    coalesce(lists.has_refused_contact, false) as has_refused_contact,
    worth.grade,
    coalesce(worth.lifecycle_stage, 'prospect') as lifecycle_stage,
    worth.lapse_risk,
    sure.match_confidence

from {{ ref('int_customer_here') }} as here
inner join own_words on here.outlet_id = own_words.outlet_id and here.golden_id = own_words.golden_id
inner join known_by on here.golden_id = known_by.golden_id
left join own_events on here.outlet_id = own_events.outlet_id and here.golden_id = own_events.golden_id
left join lists on here.outlet_id = lists.outlet_id and here.golden_id = lists.golden_id
left join homes on here.golden_id = homes.golden_id
left join doubts on here.golden_id = doubts.golden_id
left join {{ ref('mart_customer_value') }} as worth on here.golden_id = worth.golden_id
left join sure on here.outlet_id = sure.outlet_id and here.golden_id = sure.golden_id
