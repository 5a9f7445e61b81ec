-- Parts by category and month: target, what was handed out and sent, what was expected, what the outlet plans.
-- Retail and wholesale stand side by side and are never added; money is at the dealer's net price. An outlet is
-- missing in a month that others have planned when its forecast rounds to a unit and it has submitted no plan.

with

targets as (

    select
        targets.outlet_id,
        targets.category,
        targets.target_month as sales_month,
        max(case when targets.measure = 'retail' then targets.amount_minor end) as retail_target_minor,
        max(case when targets.measure = 'retail' then targets.units end) as retail_target_units,
        max(case when targets.measure = 'wholesale' then targets.amount_minor end) as wholesale_target_minor,
        max(case when targets.measure = 'wholesale' then targets.units end) as wholesale_target_units
    from {{ ref('int_parts_target_month') }} as targets
    inner join {{ ref('int_outlet_placed') }} as outlets
        on targets.outlet_id = outlets.outlet_id and targets.currency = outlets.currency
    group by targets.outlet_id, targets.category, targets.target_month

),

moved as (

    select
        valued.outlet_id,
        parts.category,
        valued.sales_month,
        {{ total('valued.retail_units') }} as retail_units,
        {{ total('valued.retail_units * valued.price_minor') }} as retail_minor,
        {{ total('valued.demand_units') }} as demand_units,
        {{ total('valued.demand_units * valued.price_minor') }} as demand_minor,
        {{ total('valued.wholesale_units') }} as wholesale_units,
        {{ total('valued.wholesale_units * valued.price_minor') }} as wholesale_minor,
        sum(valued.forecast_units) as forecast_units,
        sum(valued.forecast_units * valued.price_minor) as forecast_minor,
        min(valued.forecast_vintage_date) as forecast_vintage_date,
        min(valued.forecast_kind) as forecast_kind,
        {{ total_or_zero(
            'case when valued.price_minor is null then valued.retail_units + valued.wholesale_units end'
        ) }} as unpriced_units
    from {{ ref('int_parts_month_valued') }} as valued
    inner join {{ ref('stg_part') }} as parts on valued.part_id = parts.part_id
    group by valued.outlet_id, parts.category, valued.sales_month

),

plans as (

    select
        plans.*,
        max(case when plans.state <> 'draft' then plans.plan_month end) over () as last_planned_month
    from {{ ref('stg_parts_plan') }} as plans
    where cast(least(plans.effective_at, plans.recorded_at) as date) <= {{ as_of_date() }}

),

asked as (

    select max(last_planned_month) as last_planned_month
    from plans

),

cells as (

    select outlet_id, category, sales_month from targets
    union all
    select outlet_id, category, sales_month from moved
    union all
    select outlet_id, category, plan_month as sales_month from plans

),

keys as (

    select outlet_id, category, sales_month
    from cells
    group by outlet_id, category, sales_month

),

paces as (

    select
        market,
        calendar_month,
        {{ count_where('is_working_day') }} as working_days,
        {{ count_where('is_working_day and calendar_date <= ' ~ as_of_date()) }} as working_days_elapsed
    from {{ ref('dim_market_day') }}
    group by market, calendar_month

),

rows_placed as (

    select
        keys.outlet_id,
        outlets.market,
        outlets.region_path,
        outlets.currency,
        keys.category,
        keys.sales_month,
        keys.sales_month <= {{ as_of_date() }} as has_begun
    from keys
    inner join {{ ref('int_outlet_placed') }} as outlets on keys.outlet_id = outlets.outlet_id

)

select
    placed.outlet_id,
    placed.market,
    placed.region_path,
    placed.category,
    placed.sales_month,
    placed.currency,
    targets.retail_target_units,
    targets.retail_target_minor,
    -- a month that has not begun has no actuals, which is not the same as none sold
    case when placed.has_begun then coalesce(moved.retail_units, 0) end as retail_units,
    case when placed.has_begun then coalesce(moved.retail_minor, 0) end as retail_minor,
    case when placed.has_begun then coalesce(moved.demand_units, 0) end as demand_units,
    case when placed.has_begun then coalesce(moved.demand_minor, 0) end as demand_minor,
    targets.wholesale_target_units,
    targets.wholesale_target_minor,
    case when placed.has_begun then coalesce(moved.wholesale_units, 0) end as wholesale_units,
    case when placed.has_begun then coalesce(moved.wholesale_minor, 0) end as wholesale_minor,
    moved.forecast_units,
    cast(round(moved.forecast_minor) as bigint) as forecast_minor,
    moved.forecast_vintage_date,
    moved.forecast_kind,
    plans.parts_plan_id,
    cast(plans.version as bigint) as plan_version,
    plans.state as plan_state,
    plans.retail_units as plan_retail_units,
    plans.requirement_units as plan_requirement_units,
    case when plans.currency = placed.currency then plans.amount_minor end as plan_requirement_minor,
    placed.sales_month > {{ as_of_date() }}
    and coalesce(placed.sales_month <= asked.last_planned_month, false)
    and coalesce(moved.forecast_units, 0) >= 0.5
    and coalesce(plans.state, 'draft') = 'draft' as is_plan_missing,
    coalesce(moved.unpriced_units, 0) as unpriced_units,
    paces.working_days,
    paces.working_days_elapsed,
    placed.sales_month < {{ running_month() }} as is_complete_month

from rows_placed as placed
cross join asked
left join paces on placed.market = paces.market and placed.sales_month = paces.calendar_month
left join targets
    on
        placed.outlet_id = targets.outlet_id
        and placed.category = targets.category
        and placed.sales_month = targets.sales_month
left join moved
    on
        placed.outlet_id = moved.outlet_id
        and placed.category = moved.category
        and placed.sales_month = moved.sales_month
left join plans
    on
        placed.outlet_id = plans.outlet_id
        and placed.category = plans.category
        and placed.sales_month = plans.plan_month
