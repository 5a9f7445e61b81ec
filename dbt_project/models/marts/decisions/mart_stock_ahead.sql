-- Build-to-stock proposal: the dealers' agreed requirement times the share headquarters builds ahead, cars
-- rounded up, plus its own cover. A month plan goes before a three-month plan; the latest issued terms hold.

with

wanted as (

    select
        market,
        series,
        plan_month,
        sum(agreed_requirement_units) as requirement_units,
        sum(agreed_retail_units) as retail_units
    from (
        select
            *,
            min(case when horizon = 'month' then 1 else 2 end) over (partition by outlet_id, series, plan_month)
                as nearest
        from {{ ref('mart_dealer_plan') }}
        where state != 'draft' and horizon in ('month', 'three_month')
    ) as ranked
    where case when horizon = 'month' then 1 else 2 end = nearest
    group by market, series, plan_month

),

terms as (

    select *
    from (
        select
            *,
            row_number() over (
                partition by market, series, stock_month
                order by least(effective_at, recorded_at) desc, stock_ahead_id desc
            ) as latest
        from {{ ref('stg_stock_ahead') }}
        where state = 'issued' and cast(least(effective_at, recorded_at) as date) <= {{ as_of_date() }}
    ) as ranked
    where latest = 1

)

select
    wanted.market,
    wanted.series,
    wanted.plan_month,
    {{ total('wanted.retail_units') }} as retail_units,
    {{ total('wanted.requirement_units') }} as requirement_units,
    max(terms.share_percent) as share_percent,
    {{ total('terms.cover_units') }} as cover_units,
    cast(coalesce(max(ceil(wanted.requirement_units * terms.share_percent / 100) + terms.cover_units), 0) as bigint)
        as built_ahead_units

from wanted
left join terms
    on wanted.market = terms.market and wanted.series = terms.series and wanted.plan_month = terms.stock_month
group by wanted.market, wanted.series, wanted.plan_month
