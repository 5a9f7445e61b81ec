-- What is expected, before people and after them. The quantiles of an overridden cell keep their
-- proportions to the mean; where the baseline was zero there are none to keep.

with

cells as (

    select
        cells.*,
        coalesce(overridden.mean, cells.mean) as final_mean,
        coalesce(overridden.overrides, 0) as overrides
    from {{ ref('int_forecast_cell_listed') }} as cells
    left join {{ ref('int_forecast_cell_overridden') }} as overridden
        on
            cells.subject = overridden.subject
            and cells.outlet_id = overridden.outlet_id
            and cells.item = overridden.item
            and cells.forecast_month = overridden.forecast_month

),

steps as (

    select *, 'baseline' as step, mean as step_mean, 1.0 as scale, 0 as step_overrides
    from cells

    union all

    select
        *,
        'final' as step,
        final_mean as step_mean,
        case when overrides = 0 then 1.0 else {{ ratio('final_mean', 'mean') }} end as scale,
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
    cast(q10 * scale as double) as q10,
    cast(q50 * scale as double) as q50,
    cast(q90 * scale as double) as q90,
    method,
    cast(step_overrides as bigint) as overrides

from steps
