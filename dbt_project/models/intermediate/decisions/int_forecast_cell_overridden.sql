-- The plan's steps: dealer, then region, then headquarters, each on what the step before left.
--
-- At each step the latest override that covers a cell holds it. `set` and `add` speak of the total of
-- the cells an override holds: it is spread over them in proportion to what they had (evenly when they
-- had nothing), so that the cells always add up to what was asked. `percent` moves each cell alike.
-- No cell falls below zero.

with

cells as (

    select * from {{ ref('int_forecast_cell_listed') }}

),

-- only cells that some override covers take part; the others pass untouched
covered as (

    select
        cells.subject,
        cells.outlet_id,
        cells.item,
        cells.forecast_month,
        cells.mean,
        overrides.forecast_override_id,
        overrides.mode,
        overrides.value,
        overrides.author_level,
        row_number() over (
            partition by
                cells.subject, cells.outlet_id, cells.item, cells.forecast_month, overrides.author_level
            order by overrides.effective_at desc, overrides.forecast_override_id desc
        ) as choice
    from cells
    inner join {{ ref('int_forecast_override_held') }} as overrides
        on
            cells.subject = overrides.subject
            and cells.item = overrides.item
            and cells.forecast_month = overrides.forecast_month
            and (
                cells.outlet_id = overrides.outlet_id
                or (
                    overrides.outlet_id is null
                    and {{ is_below('cells.region_path', 'overrides.region_path') }}
                )
            )

),

step_0 as (

    select subject, outlet_id, item, forecast_month, min(mean) as mean
    from covered
    group by subject, outlet_id, item, forecast_month

),

{% for level in ['dealer', 'region', 'hq'] %}
{% set step = loop.index %}
held_{{ step }} as (

    select
        cells.subject,
        cells.outlet_id,
        cells.item,
        cells.forecast_month,
        cells.mean,
        held.forecast_override_id,
        held.mode,
        held.value,
        sum(cells.mean) over (partition by held.forecast_override_id) as held_mean,
        count(*) over (partition by held.forecast_override_id) as held_cells
    from step_{{ step - 1 }} as cells
    left join covered as held
        on
            cells.subject = held.subject
            and cells.outlet_id = held.outlet_id
            and cells.item = held.item
            and cells.forecast_month = held.forecast_month
            and held.author_level = '{{ level }}'
            and held.choice = 1

),

step_{{ step }} as (

    select
        subject,
        outlet_id,
        item,
        forecast_month,
        greatest(case
            when mode = 'percent' then mean * (1 + value / 100)
            when mode is not null then
                (case when mode = 'add' then held_mean + value else value end)
                * (case when held_mean > 0 then mean / held_mean else 1.0 / held_cells end)
            else mean
        end, 0) as mean
    from held_{{ step }}

),

{% endfor %}
named as (

    select
        subject,
        outlet_id,
        item,
        forecast_month,
        count(*) as overrides
    from covered
    where choice = 1
    group by subject, outlet_id, item, forecast_month

)

select
    step_3.subject,
    step_3.outlet_id,
    step_3.item,
    step_3.forecast_month,
    step_3.mean,
    named.overrides

from step_3
inner join named
    on
        step_3.subject = named.subject
        and step_3.outlet_id = named.outlet_id
        and step_3.item = named.item
        and step_3.forecast_month = named.forecast_month
