-- What moves car sales and is planned ahead: days under a promotion, and the list price against the first
-- one known. A campaign counts once it is approved; overlapping ones count a day once. Months with neither
-- are no rows.

with

cells as (

    select market, outlet_id, series, min(sales_month) as first_month
    from {{ ref('mart_vehicle_sales_month') }}
    group by market, outlet_id, series

),

months as (

    {{ date_series(
        "(select coalesce(min(first_month), " ~ as_of_date() ~ ") from cells)",
        add_months(running_month(), 12),
        'month'
    ) }}

),

days as (

    {{ date_series(
        "(select coalesce(min(first_month), " ~ as_of_date() ~ ") from cells)",
        add_days(add_months(running_month(), 13), -1)
    ) }}

),

promoted as (

    select
        campaigns.outlet_id,
        cells.series,
        {{ month_of('days.calendar_date') }} as sales_month,
        count(distinct days.calendar_date) as promoted_days
    from {{ ref('stg_campaign') }} as campaigns
    inner join cells
        on
            campaigns.outlet_id = cells.outlet_id
            and coalesce(campaigns.series, cells.series) = cells.series
    inner join days on days.calendar_date between campaigns.starts_date and campaigns.ends_date
    where
        campaigns.state in ('approved', 'running', 'closed', 'settled')
        and campaigns.campaign_type in ('promotion', 'show', 'advertising', 'digital')
    group by campaigns.outlet_id, cells.series, {{ month_of('days.calendar_date') }}

),

listed as (

    select
        price_list_id,
        market,
        effective_from_date,
        line.model as model,
        cast(line.price_minor as double) as price_minor
    from (
        select
            price_list_id,
            market,
            effective_from_date,
            {{ each_line('lines') }} as line
        from {{ ref('stg_price_list') }}
        where state in ('active', 'ended') and market is not null
    ) as lists

),

prices as (

    select
        listed.market,
        models.series,
        listed.effective_from_date,
        avg(listed.price_minor) as price_minor
    from listed
    inner join (
        select series, model
        from {{ ref('stg_product') }}
        group by series, model
    ) as models on listed.model = models.model
    group by listed.market, models.series, listed.effective_from_date

),

in_force as (

    select
        prices.market,
        prices.series,
        months.calendar_date as sales_month,
        prices.price_minor,
        row_number() over (
            partition by prices.market, prices.series, months.calendar_date
            order by prices.effective_from_date desc
        ) as choice,
        first_value(prices.price_minor) over (
            partition by prices.market, prices.series, months.calendar_date
            order by prices.effective_from_date
        ) as first_price_minor
    from prices
    inner join months on {{ add_months('months.calendar_date', 1) }} > prices.effective_from_date

),

changed as (

    select market, series, sales_month, ln(price_minor / first_price_minor) as price_change
    from in_force
    where choice = 1

)

select
    cells.outlet_id,
    cells.series,
    months.calendar_date as sales_month,
    cast(coalesce(promoted.promoted_days, 0) as double)
    / {{ days_between('months.calendar_date', add_months('months.calendar_date', 1)) }} as promotion_share,
    cast(coalesce(changed.price_change, 0) as double) as price_change

from cells
inner join months on cells.first_month <= months.calendar_date
left join promoted
    on
        cells.outlet_id = promoted.outlet_id
        and cells.series = promoted.series
        and months.calendar_date = promoted.sales_month
left join changed
    on
        cells.market = changed.market
        and cells.series = changed.series
        and months.calendar_date = changed.sales_month
where coalesce(promoted.promoted_days, 0) > 0 or coalesce(changed.price_change, 0) <> 0
