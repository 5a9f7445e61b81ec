-- The forecast archive, one vintage a month, every step of the plan, beside what came: the waterfall.
-- The lag is counted from the vintage's month: a plan made in May speaks of June at lag 1.

with

actuals as (

    select 'vehicle' as subject, outlet_id, series as item, sales_month as actual_month, cast(units as double) as units
    from {{ ref('mart_vehicle_sales_month') }}

    union all

    select 'part' as subject, outlet_id, part_id as item, demand_month as actual_month, corrected_units as units
    from {{ ref('mart_part_demand_month') }}

),

vintages as (

    select
        vintages.*,
        {{ month_of('vintages.vintage_date') }} as vintage_month,
        {{ months_between_firsts(month_of('vintages.vintage_date'), 'vintages.forecast_month') }} as lag,
        case
            when vintages.forecast_month < {{ running_month() }} then coalesce(actuals.units, 0)
        end as actual_units
    from {{ ref('stg_engine_plan_vintage') }} as vintages
    left join actuals
        on
            vintages.subject = actuals.subject
            and vintages.outlet_id = actuals.outlet_id
            and vintages.item = actuals.item
            and vintages.forecast_month = actuals.actual_month

),

steps as (

    {% for step in ['naive', 'statistical', 'dealer', 'region', 'hq', 'final'] %}
    select vintages.*, '{{ step }}' as step, {{ loop.index }} as step_no, vintages.{{ step }} as units
    from vintages
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

compared as (

    select
        *,
        lag(units) over (
            partition by subject, outlet_id, item, forecast_month, step order by vintage_month
        ) as units_before,
        lag(vintage_month) over (
            partition by subject, outlet_id, item, forecast_month, step order by vintage_month
        ) as month_before
    from steps

)

select
    compared.subject,
    compared.vintage_month,
    compared.vintage_date,
    compared.kind,
    compared.outlet_id,
    compared.market,
    compared.region_path,
    compared.item,
    case when compared.subject = 'vehicle' then compared.item end as series,
    compared.forecast_month,
    cast(compared.lag as bigint) as lag,
    fences.fence,
    compared.step,
    cast(compared.step_no as bigint) as step_no,
    compared.units,
    cast(compared.actual_units as double) as actual_units,
    compared.units - compared.actual_units as error_units,
    abs(compared.units - compared.actual_units) as absolute_error_units,
    -- a vintage that is missing between the two would count two changes as one
    case
        when {{ months_between_firsts('compared.month_before', 'compared.vintage_month') }} = 1
            then compared.units_before
    end as previous_units,
    case
        when {{ months_between_firsts('compared.month_before', 'compared.vintage_month') }} = 1
            then abs(compared.units - compared.units_before)
    end as absolute_change_units

from compared
inner join {{ ref('plan_fence') }} as fences
    on compared.lag between fences.first_lag and fences.last_lag
