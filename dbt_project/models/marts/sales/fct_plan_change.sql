-- Every version of everything people want changed in the plan, under one shape: overrides, dealers'
-- month and three-month plans, and what the region made of them. What held on a day is the latest
-- version written by then: a document about a month that is yet to come is effective in that month, and
-- known from the day it was recorded. A month plan goes before a three-month plan, whenever it was written.
-- An override keeps the turn in which it was written, however late it is applied: whoever wrote after it had
-- seen it, as the write demands.
-- A month plan that is dated within its month is one of that month.

with

plans as (

    select
        *,
        first_value(actor) over (partition by dealer_plan_id order by version) as author,
        max(case when action = 'review' then actor end) over (
            partition by dealer_plan_id order by version
        ) as reviewer
    from {{ ref('stg_dealer_plan_change') }}
    where horizon in ('three_month', 'month')

),

changes as (

    select
        forecast_override_id as plan_change_id,
        'forecast_override' as source_document,
        forecast_override_id as source_key,
        version,
        subject,
        outlet_code as outlet_id,
        region_path,
        case when subject = 'vehicle' then series else part_id end as item,
        cast(null as varchar) as variant,
        forecast_month,
        mode,
        value,
        coalesce(spread, 'proportional') as spread,
        author_level,
        reason_code,
        first_value(actor) over (partition by forecast_override_id order by version) as author,
        coalesce(is_locked, false) as is_locked,
        state,
        state = 'applied' as counts,
        2 as priority,
        expires_date,
        least(effective_at, recorded_at) as effective_at,
        first_value(least(effective_at, recorded_at)) over (
            partition by forecast_override_id order by version
        ) as written_at
    from {{ ref('stg_forecast_override_change') }}

    union all

    select
        plans.dealer_plan_id as plan_change_id,
        'dealer_plan' as source_document,
        plans.dealer_plan_id as source_key,
        plans.version,
        'vehicle' as subject,
        plans.outlet_id,
        outlets.region_path,
        plans.series as item,
        plans.variant,
        {{ month_of('plans.period_date') }} as forecast_month,
        'set' as mode,
        cast(plans.retail_units as double) as value,
        'proportional' as spread,
        'dealer' as author_level,
        cast(null as varchar) as reason_code,
        plans.author,
        false as is_locked,
        plans.state,
        plans.state != 'draft' as counts,
        case when plans.horizon = 'month' then 2 else 1 end as priority,
        cast(null as date) as expires_date,
        least(plans.effective_at, plans.recorded_at) as effective_at,
        least(plans.effective_at, plans.recorded_at) as written_at
    from plans
    inner join {{ ref('int_outlet_placed') }} as outlets on plans.outlet_id = outlets.outlet_id

    union all

    select
        plans.dealer_plan_id || ':review' as plan_change_id,
        'dealer_plan' as source_document,
        plans.dealer_plan_id as source_key,
        plans.version,
        'vehicle' as subject,
        plans.outlet_id,
        outlets.region_path,
        plans.series as item,
        plans.variant,
        {{ month_of('plans.period_date') }} as forecast_month,
        'set' as mode,
        cast(plans.reviewed_retail_units as double) as value,
        'proportional' as spread,
        'region' as author_level,
        cast(null as varchar) as reason_code,
        plans.reviewer as author,
        false as is_locked,
        plans.state,
        plans.state not in ('draft', 'submitted') as counts,
        case when plans.horizon = 'month' then 2 else 1 end as priority,
        cast(null as date) as expires_date,
        least(plans.effective_at, plans.recorded_at) as effective_at,
        least(plans.effective_at, plans.recorded_at) as written_at
    from plans
    inner join {{ ref('int_outlet_placed') }} as outlets on plans.outlet_id = outlets.outlet_id
    where plans.reviewed_retail_units is not null

)

select
    plan_change_id,
    cast(version as bigint) as version,
    source_document,
    source_key,
    subject,
    outlet_id,
    region_path,
    item,
    variant,
    {{ month_of('forecast_month') }} as forecast_month,
    mode,
    value,
    spread,
    author_level,
    reason_code,
    author,
    is_locked,
    state,
    counts,
    cast(priority as bigint) as priority,
    expires_date,
    effective_at,
    cast(effective_at as date) as valid_from_date,
    written_at

from changes
where cast(effective_at as date) <= {{ as_of_date() }}
