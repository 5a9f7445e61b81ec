-- What a golden customer is worth, over every outlet: recency, frequency, money, margin, retention, chance of lapse.
-- Amounts are in the currency most was spent in. A point from 1 to 5 each for recency, frequency and money says which
-- fifth of the market he is in. The grade is the best one whose points he has by the rule of the market in force, else
-- by the general one; who is blacklisted has the grade of the blacklist, and else who complained as often as a rule
-- says has the grade of that rule, whatever his points; a person's override stands above the rule. A complaint counts
-- for whom it names, at whichever outlet, from the day it was received, settled or not.

with

members as (

    select customer_id, golden_id
    from {{ ref('map_customer_source') }}
    where is_current

),

done as (

    select
        members.golden_id,
        events.outlet_id,
        events.event_date,
        events.event_kind,
        events.currency,
        events.spend_minor,
        events.margin_minor,
        outlets.market
    from {{ ref('int_customer_event') }} as events
    inner join members on events.customer_id = members.customer_id
    inner join {{ ref('int_outlet_placed') }} as outlets on events.outlet_id = outlets.outlet_id
    where events.event_kind in ('retail_delivery', 'repair_order')

),

money as (

    select
        golden_id,
        currency,
        spend_minor,
        margin_minor,
        row_number() over (partition by golden_id order by spend_minor desc, currency asc) as place
    from (
        select
            golden_id,
            currency,
            cast(coalesce(sum(spend_minor), 0) as bigint) as spend_minor,
            -- one cost that is not known leaves the whole margin unknown
            case when count(spend_minor) = count(margin_minor) then cast(sum(margin_minor) as bigint) end
                as margin_minor
        from done
        group by golden_id, currency
    ) as by_currency

),

visited as (

    select
        golden_id,
        event_date,
        market,
        lag(event_date) over (partition by golden_id order by event_date) as before_date,
        row_number() over (partition by golden_id order by event_date desc, market asc) as place_from_last
    from done
    group by golden_id, event_date, market

),

summed as (

    select
        golden_id,
        cast({{ count_where("event_kind = 'retail_delivery'") }} as bigint) as cars_bought,
        cast({{ count_where("event_kind = 'repair_order'") }} as bigint) as workshop_visits,
        cast({{ count_where(
            'event_date > ' ~ add_days(as_of_date(), '-' ~ var('customer_frequency_days'))
        ) }} as bigint) as recent_visits,
        cast(count(distinct outlet_id) as bigint) as outlets_visited,
        cast(count(distinct event_date) as bigint) as days_seen,
        min(event_date) as first_seen_date,
        max(event_date) as last_seen_date
    from done
    group by golden_id

),

years as (

    select
        done.golden_id,
        cast(count(distinct floor({{ days_between('summed.first_seen_date', 'done.event_date') }} / 365)) as bigint)
            as years_served
    from done
    inner join summed on done.golden_id = summed.golden_id
    where
        floor({{ days_between('summed.first_seen_date', 'done.event_date') }} / 365)
        < floor({{ days_between('summed.first_seen_date', as_of_date()) }} / 365)
    group by done.golden_id

),

measured as (

    select
        summed.*,
        visited.market,
        visited.before_date,
        money.currency,
        money.spend_minor,
        money.margin_minor,
        cast({{ days_between('summed.last_seen_date', as_of_date()) }} as bigint) as days_since_seen,
        years.years_served,
        cast(floor({{ days_between('summed.first_seen_date', as_of_date()) }} / 365) as bigint) as years_known
    from summed
    inner join visited on summed.golden_id = visited.golden_id and visited.place_from_last = 1
    inner join money on summed.golden_id = money.golden_id and money.place = 1
    left join years on summed.golden_id = years.golden_id

),

pointed as (

    select
        measured.*,
        days_since_seen > {{ var('customer_lapse_days') }} as has_lapsed,
        {{ fifth('market', 'days_since_seen desc') }} as recency_points,
        {{ fifth('market', 'recent_visits') }} as frequency_points,
        {{ fifth('market, currency', 'spend_minor') }} as money_points
    from measured

),

risked as (

    select
        pointed.*,
        recency_points + frequency_points + money_points as points,
        case when pointed.has_lapsed then 1.0 else expected.lapse_risk end as lapse_risk
    from pointed
    left join {{ ref('int_customer_lapse_expected') }} as expected
        on
            expected.habit = {{ visit_habit('pointed.days_seen') }}
            and expected.step_no = floor(pointed.days_since_seen / 30)

),

blacklisted as (

    select golden_id
    from {{ ref('mart_customer_permission') }}
    where kind = 'blacklist'
    group by golden_id

),

rules as (

    select *
    from {{ ref('stg_customer_grade_rule') }}
    where
        state in ('active', 'ended')
        and effective_from_date <= {{ as_of_date() }}
        and (effective_to_date is null or effective_to_date >= {{ as_of_date() }})

),

complained as (

    select
        rules.customer_grade_rule_id,
        rules.least_complaints,
        members.golden_id,
        cast(count(*) as bigint) as complaints
    from {{ ref('stg_complaint') }} as told
    inner join members on told.customer_id = members.customer_id
    inner join rules
        on
            rules.condition = 'complained'
            and cast(told.received_at as date) <= {{ as_of_date() }}
            and (
                rules.within_days is null
                or {{ days_between('cast(told.received_at as date)', as_of_date()) }} < rules.within_days
            )
    group by rules.customer_grade_rule_id, rules.least_complaints, members.golden_id
    having count(*) >= coalesce(rules.least_complaints, 1)

),

ruled as (

    select *
    from (
        select
            risked.golden_id,
            rules.grade,
            rules.customer_grade_rule_id,
            case
                when rules.condition = 'blacklisted' then 'blacklisted'
                when rules.condition = 'points' then concat('points: ', risked.points)
                when rules.within_days is null then concat('complaints: ', complained.complaints)
                else concat('complaints: ', complained.complaints, ' in ', rules.within_days, ' days')
            end as evidence,
            row_number() over (
                partition by risked.golden_id
                order by
                    case rules.condition when 'blacklisted' then 0 when 'complained' then 1 else 2 end asc,
                    case when rules.market is null then 1 else 0 end asc,
                    rules.least_points desc,
                    complained.least_complaints desc,
                    rules.effective_from_date desc,
                    rules.customer_grade_rule_id asc
            ) as place
        from risked
        left join blacklisted on risked.golden_id = blacklisted.golden_id
        inner join rules
            on
                rules.market is null or risked.market = rules.market
        left join complained
            on
                rules.customer_grade_rule_id = complained.customer_grade_rule_id
                and risked.golden_id = complained.golden_id
        where
            case rules.condition
                when 'blacklisted' then blacklisted.golden_id is not null
                when 'complained' then complained.golden_id is not null
                else risked.points >= rules.least_points
            end
    ) as ranked
    where place = 1

),

overridden as (

    select *
    from (
        select
            members.golden_id,
            overrides.grade,
            overrides.reason,
            overrides.grade_override_id,
            row_number() over (
                partition by members.golden_id order by overrides.starts_date desc, overrides.grade_override_id asc
            ) as place
        from {{ ref('stg_grade_override') }} as overrides
        inner join members on overrides.customer_id = members.customer_id
        where
            overrides.starts_date <= {{ as_of_date() }}
            and (overrides.ends_date is null or overrides.ends_date >= {{ as_of_date() }})
    ) as ranked
    where place = 1

)

select
    risked.golden_id,
    risked.market,
    risked.cars_bought,
    risked.workshop_visits,
    risked.outlets_visited,
    risked.first_seen_date,
    risked.last_seen_date,
    risked.days_since_seen,
    risked.has_lapsed,
    risked.recent_visits,
    risked.currency,
    risked.spend_minor,
    risked.margin_minor,
    risked.recency_points,
    risked.frequency_points,
    risked.money_points,
    risked.points,
    risked.years_known,
    coalesce(risked.years_served, 0) as years_served,
    risked.lapse_risk,
    case
        when risked.has_lapsed then 'lapsed'
        when risked.days_since_seen + {{ days_between('risked.first_seen_date', 'risked.last_seen_date') }}
            <= {{ var('customer_new_days') }} then 'new'
        when
            {{ days_between('risked.before_date', 'risked.last_seen_date') }} > {{ var('customer_lapse_days') }}
            then 'won_back'
        when risked.lapse_risk >= {{ var('customer_risk_line') }} then 'at_risk'
        else 'active'
    end as lifecycle_stage,
    coalesce(overridden.grade, ruled.grade) as grade,
    ruled.grade as grade_by_rule,
    ruled.evidence as rule_evidence,
    case when overridden.grade is not null then 'override' when ruled.grade is not null then 'rule' end as grade_from,
    coalesce(overridden.grade_override_id, ruled.customer_grade_rule_id) as grade_document_key,
    overridden.reason as grade_reason

from risked
left join ruled on risked.golden_id = ruled.golden_id
left join overridden on risked.golden_id = overridden.golden_id
