-- Every change judged at its own level, once its month is over: the sum over the cells it held, as the
-- plan stood in the last vintage before that month. Inside the dead zone it is neither better nor worse.

with

last_vintage as (

    select
        *,
        max(vintage_date) over (partition by plan_change_id, forecast_month) as last_vintage_date
    from {{ ref('stg_engine_plan_effect') }}
    where vintage_date < forecast_month and forecast_month < {{ running_month() }}

),

authors as (

    select
        plan_change_id, source_document, subject, author, author_level, reason_code, mode, item, outlet_id,
        region_path
    from {{ ref('fct_plan_change') }}
    where version = 1 or plan_change_id != source_key

),

named as (

    select
        plan_change_id, source_document, subject, author_level, reason_code, mode, item, outlet_id, region_path,
        max(author) as author
    from authors
    group by plan_change_id, source_document, subject, author_level, reason_code, mode, item, outlet_id, region_path

),

judged as (

    select
        effects.plan_change_id,
        effects.forecast_month,
        effects.vintage_date,
        max(effects.kind) as kind,
        count(*) as cells,
        sum(effects.before_units) as before_units,
        sum(effects.after_units) as after_units,
        sum(vintages.actual_units) as actual_units
    from last_vintage as effects
    inner join {{ ref('mart_forecast_vintage') }} as vintages
        on
            effects.vintage_date = vintages.vintage_date
            and effects.kind = vintages.kind
            and effects.outlet_id = vintages.outlet_id
            and effects.item = vintages.item
            and effects.forecast_month = vintages.forecast_month
            and vintages.step = 'final'
    where effects.vintage_date = effects.last_vintage_date
    group by effects.plan_change_id, effects.forecast_month, effects.vintage_date

),

measured as (

    select
        judged.*,
        named.source_document,
        named.subject,
        named.author,
        named.author_level,
        named.reason_code,
        named.mode,
        named.item,
        named.outlet_id,
        named.region_path,
        abs(judged.before_units - judged.actual_units) as error_before_units,
        abs(judged.after_units - judged.actual_units) as error_after_units
    from judged
    inner join named on judged.plan_change_id = named.plan_change_id

)

select
    plan_change_id,
    forecast_month,
    vintage_date,
    kind,
    source_document,
    subject,
    outlet_id,
    region_path,
    item,
    author,
    author_level,
    reason_code,
    mode,
    case
        when after_units > before_units then 'up'
        when after_units < before_units then 'down'
        else 'same'
    end as direction,
    cast(cells as bigint) as cells,
    cast(before_units as double) as before_units,
    cast(after_units as double) as after_units,
    cast(actual_units as double) as actual_units,
    cast(error_before_units as double) as error_before_units,
    cast(error_after_units as double) as error_after_units,
    cast(error_before_units - error_after_units as double) as value_added_units,
    case
        when
            abs(error_before_units - error_after_units)
            <= {{ var('value_added_dead_zone') }} * greatest(actual_units, 1)
            then 'neutral'
        when error_after_units < error_before_units then 'better'
        else 'worse'
    end as verdict

from measured
