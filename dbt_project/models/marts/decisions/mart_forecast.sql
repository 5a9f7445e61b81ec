-- What is expected, before people and after them. The band of a changed cell grows with the root of its
-- mean, as variance over mean stays what it was; where the baseline was zero there is none to keep.

with

-- a change that leaves a cell as it was is still a change that somebody made
changed as (

    select
        changes.subject,
        effects.outlet_id,
        effects.item,
        effects.forecast_month,
        {{ count_where("changes.source_document = 'forecast_override'") }} as overrides,
        count(*) as plan_changes
    from {{ ref('stg_engine_plan_effect') }} as effects
    inner join (
        select plan_change_id, source_document, subject
        from {{ ref('fct_plan_change') }}
        where version = 1
    ) as changes on effects.plan_change_id = changes.plan_change_id
    where effects.vintage_date = {{ as_of_date() }}
    group by changes.subject, effects.outlet_id, effects.item, effects.forecast_month

),

cells as (

    select
        cells.*,
        case
            when coalesce(changed.plan_changes, 0) = 0 and steps.final = steps.hq then cells.mean
            else steps.final
        end as final_mean,
        coalesce(changed.overrides, 0) as overrides,
        coalesce(changed.plan_changes, 0) as plan_changes
    from {{ ref('int_forecast_cell_listed') }} as cells
    inner join {{ ref('stg_engine_plan_step') }} as steps
        on
            cells.subject = steps.subject
            and cells.outlet_id = steps.outlet_id
            and cells.item = steps.item
            and cells.forecast_month = steps.forecast_month
    left join changed
        on
            cells.subject = changed.subject
            and cells.outlet_id = changed.outlet_id
            and cells.item = changed.item
            and cells.forecast_month = changed.forecast_month

),

steps as (

    select *, 'baseline' as step, mean as step_mean, 1.0 as scale, 0 as step_overrides
    from cells

    union all

    select
        *,
        'final' as step,
        final_mean as step_mean,
        case when plan_changes = 0 then 1.0 else {{ ratio('final_mean', 'mean') }} end as scale,
        overrides as step_overrides
    from cells

)

select
    subject,
    outlet_id,
    market,
    region_path,
    item,
    case when subject = 'vehicle' then item end as series,
    case when subject = 'part' then item end as part_id,
    forecast_month,
    step,
    {{ as_of_date() }} as as_of_date,
    cast(horizon as bigint) as horizon,
    cast(step_mean as double) as mean,
    {% for quantile in ('q10', 'q50', 'q90') %}
    cast(
        case
            when scale = 1.0 then {{ quantile }}
            when scale is not null then greatest(step_mean + ({{ quantile }} - mean) * sqrt(scale), 0.0)
        end as double
    ) as {{ quantile }},
    {% endfor %}
    method,
    cast(step_overrides as bigint) as overrides

from steps
