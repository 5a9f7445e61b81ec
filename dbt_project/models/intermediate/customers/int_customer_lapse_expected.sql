-- How likely a customer is not to come back before the lapse window ends, by the number of days he came before and
-- the days since the last. Kaplan and Meier (1958), in steps of 30 days, over every gap between two days of anybody;
-- the gap that is still open is censored. One row per habit and step.

with

days as (

    select
        members.golden_id,
        events.event_date
    from {{ ref('int_customer_event') }} as events
    inner join {{ ref('map_customer_source') }} as members
        on events.customer_id = members.customer_id and members.is_current
    where events.event_kind in ('retail_delivery', 'repair_order')
    group by members.golden_id, events.event_date

),

gaps as (

    select
        {{ visit_habit('row_number() over (partition by golden_id order by event_date)') }} as habit,
        lead(event_date) over (partition by golden_id order by event_date) is not null as is_ended,
        {{ days_between(
            'event_date',
            'coalesce(lead(event_date) over (partition by golden_id order by event_date), ' ~ as_of_date() ~ ')'
        ) }} as gap_days
    from days

),

steps as (

    select row_number() over (order by calendar_date) - 1 as step_no
    from {{ ref('dim_date') }}

),

waited as (

    select
        gaps.habit,
        steps.step_no,
        gaps.is_ended and gaps.gap_days < 30 * steps.step_no + 30 as came_back
    from gaps
    inner join steps on gaps.gap_days >= 30 * steps.step_no
    where 30 * steps.step_no < {{ var('customer_lapse_days') }}

),

counted as (

    select
        habit,
        step_no,
        count(*) as at_risk,
        {{ count_where('came_back') }} as came_back
    from waited
    group by habit, step_no

),

stayed as (

    select
        habit,
        step_no,
        at_risk,
        -- a step that nobody survived leaves a billionth, so that the product stays a product
        sum(ln(case when came_back >= at_risk then 1e-9 else 1.0 - came_back / cast(at_risk as double) end)) over (
            partition by habit order by step_no desc
        ) as log_not_back
    from counted

)

select
    habit,
    cast(step_no as bigint) as step_no,
    cast(at_risk as bigint) as at_risk,
    exp(log_not_back) as lapse_risk

from stayed
