-- Five axes per outlet and month. Each KPI scores 0 at its floor and 100 at its goal, straight between;
-- an axis is the weighted mean of the KPIs that have enough cases, null when none has. Months of a
-- window are judged together, because a small outlet has too few cases in one. Floors, goals, windows
-- and weights are the version of the seed that held in the month. Warehouses are not scored.

with

outlets as (

    select outlet_id, market, region_path, {{ top_region('region_path') }} as region, opened_date, closed_date
    from {{ ref('int_outlet_placed') }}
    where outlet_kind not in ('regional_warehouse', 'central_warehouse')

),

months as (

    {{ date_series(add_months(running_month(), -24), add_months(running_month(), -1), 'month') }}

),

versions as (

    select
        months.calendar_date as score_month,
        weights.*,
        rank() over (partition by months.calendar_date order by weights.valid_from_date desc) as age
    from months
    inner join {{ ref('scorecard_weight') }} as weights on weights.valid_from_date <= months.calendar_date

),

measured as (

    select
        outlets.outlet_id,
        versions.score_month,
        versions.version,
        versions.axis,
        versions.kpi,
        versions.weight,
        versions.floor_value,
        versions.goal_value,
        versions.least_n,
        {{ ratio('sum(measures.numerator)', 'sum(measures.denominator)') }} as value,
        {{ total_or_zero('measures.n') }} as n
    from outlets
    inner join versions
        on
            versions.age = 1
            and outlets.opened_date < {{ add_months('versions.score_month', 1) }}
            and (outlets.closed_date is null or outlets.closed_date >= versions.score_month)
    left join {{ ref('int_scorecard_kpi_measured') }} as measures
        on
            outlets.outlet_id = measures.outlet_id
            and versions.kpi = measures.kpi
            and measures.score_month <= versions.score_month
            and measures.score_month
            > {{ add_months('versions.score_month', '-cast(versions.window_months as integer)') }}
    group by
        outlets.outlet_id,
        versions.score_month,
        versions.version,
        versions.axis,
        versions.kpi,
        versions.weight,
        versions.floor_value,
        versions.goal_value,
        versions.least_n

),

scored as (

    select
        outlet_id,
        score_month,
        version,
        axis,
        weight,
        case when n >= least_n then least(greatest(
            (value - floor_value) / (goal_value - floor_value) * 100, 0
        ), 100) end as score,
        case when n >= least_n then n end as n
    from measured

),

axes as (

    select
        outlet_id,
        score_month,
        version,
        axis,
        -- a mean of hundreds by weights such as 0.35 is a hair above a hundred
        round({{ ratio('sum(score * weight)', 'sum(case when score is not null then weight end)') }}, 6) as score,
        {{ count_where('score is not null') }} as kpis_counted,
        cast(count(*) as bigint) as kpis,
        {{ total_or_zero('n') }} as n
    from scored
    group by outlet_id, score_month, version, axis

),

placed as (

    select
        axes.*,
        outlets.market,
        outlets.region_path,
        outlets.region
    from axes
    inner join outlets on axes.outlet_id = outlets.outlet_id

)

select
    outlet_id,
    score_month,
    axis,
    market,
    region_path,
    version,
    score,
    -- no score, no rank: an outlet without cases is neither first nor last
    case when score is not null then cast(rank() over (
        partition by region, score_month, axis order by score desc nulls last
    ) as bigint) end as rank_in_region,
    cast(count(score) over (partition by region, score_month, axis) as bigint) as ranked_in_region,
    score - lag(score) over (partition by outlet_id, axis order by score_month) as score_change,
    kpis_counted,
    kpis,
    n

from placed
