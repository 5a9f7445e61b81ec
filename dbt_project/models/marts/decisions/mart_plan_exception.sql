-- Where the plan is wrong or risky, by market's region and series, worst money first. Thresholds are
-- dated data of the planners (plan_exception_threshold). Units at risk speak of the next three months.

with

prices as (

    -- one price per series, where its variants are priced in one currency
    select
        series,
        case when count(currency) = count(*) and min(currency) = max(currency) then avg(list_price_minor) end
            as price_minor,
        case when count(currency) = count(*) and min(currency) = max(currency) then min(currency) end as currency
    from {{ ref('dim_product') }}
    group by series

),

ahead as (

    select
        region_path,
        item as series,
        sum(case when step = 'baseline' then mean end) as baseline_units,
        sum(case when step = 'final' then mean end) as final_units,
        sqrt(sum(case when step = 'final' then power(greatest(mean - q10, 0), 2) end)) as below_units,
        sqrt(sum(case when step = 'final' then power(greatest(q90 - mean, 0), 2) end)) as above_units
    from {{ ref('mart_forecast') }}
    where
        subject = 'vehicle'
        and forecast_month between {{ add_months(running_month(), 1) }} and {{ add_months(running_month(), 3) }}
    group by region_path, item

),

targets as (

    select region_path, series, sum(retail_target) as target_units
    from {{ ref('mart_sales_attainment') }}
    where
        sales_month between {{ add_months(running_month(), 1) }} and {{ add_months(running_month(), 3) }}
        and retail_target is not null
    group by region_path, series

),

months as (

    select
        region_path,
        series,
        sales_month,
        sum(units) as units
    from {{ ref('mart_vehicle_sales_month') }}
    group by region_path, series, sales_month

),

histories as (

    select
        region_path,
        series,
        min(case when units > 0 then sales_month end) as first_month,
        sum(case when sales_month >= {{ add_months(running_month(), -6) }} then units else 0 end)
            as half_year_units,
        sum(
            case
                when
                    sales_month >= {{ add_months(running_month(), -18) }}
                    and sales_month < {{ add_months(running_month(), -12) }}
                    then units
                else 0
            end
        ) as half_year_before_units,
        max(case when sales_month = {{ add_months(running_month(), -1) }} then units end) as last_units,
        avg(case when sales_month between {{ add_months(running_month(), -13) }}
            and {{ add_months(running_month(), -2) }} then units end) as year_mean_units,
        stddev_samp(case when sales_month between {{ add_months(running_month(), -13) }}
            and {{ add_months(running_month(), -2) }} then units end) as year_sd_units
    from months
    group by region_path, series

),

misses as (

    select region_path, item as series, forecast_month, sum(error_units) as error_units
    from {{ ref('mart_forecast_vintage') }}
    where subject = 'vehicle' and step = 'final' and lag = 1 and error_units is not null
    group by region_path, item, forecast_month

),

signals as (

    select
        region_path,
        series,
        count(*) as months,
        sum(error_units) as error_units,
        avg(error_units) as mean_error_units,
        {{ ratio('sum(error_units)', 'avg(abs(error_units))') }} as tracking_signal
    from misses
    group by region_path, series
    having count(*) >= 4

),

slips as (

    select
        outlets.region_path,
        orders.outlet_id,
        orders.series,
        count(*) as orders,
        {{ count_where('orders.retail_order_id is not null') }} as sold_orders,
        max(greatest(coalesce(orders.slip_days, 0), {{ days_between('orders.promised_date', as_of_date()) }})) as days
    from {{ ref('mart_order_pipeline') }} as orders
    inner join {{ ref('int_outlet_placed') }} as outlets on orders.outlet_id = outlets.outlet_id
    where
        orders.is_open
        and (orders.promised_date < {{ as_of_date() }} or orders.last_promised_date > orders.promised_date)
    group by outlets.region_path, orders.outlet_id, orders.series

),

found as (

    select
        'outside_band' as kind,
        ahead.region_path,
        cast(null as varchar) as outlet_id,
        ahead.series,
        abs(targets.target_units - ahead.final_units) as units_at_risk,
        case
            when targets.target_units > ahead.final_units + ahead.above_units
                then targets.target_units - ahead.final_units
            when targets.target_units < ahead.final_units - ahead.below_units
                then ahead.final_units - targets.target_units
            else 0
        end as measured,
        'Target ' || {{ whole('targets.target_units') }} || ' in the next 3 months, forecast '
        || {{ whole('ahead.final_units') }} || ' (80 % band ' || {{ whole('ahead.final_units - ahead.below_units') }}
        || ' to ' || {{ whole('ahead.final_units + ahead.above_units') }} || ').' as evidence
    from ahead
    inner join targets on ahead.region_path = targets.region_path and ahead.series = targets.series

    union all

    select
        'plan_against_baseline' as kind,
        region_path,
        cast(null as varchar) as outlet_id,
        series,
        abs(final_units - baseline_units) as units_at_risk,
        {{ ratio('abs(final_units - baseline_units)', 'baseline_units') }} as measured,
        'Plan ' || {{ whole('final_units') }} || ' in the next 3 months, statistical forecast '
        || {{ whole('baseline_units') }} || ': people moved it by ' || {{ whole('final_units - baseline_units') }}
        || '.' as evidence
    from ahead

    union all

    select
        'tracking_signal' as kind,
        region_path,
        cast(null as varchar) as outlet_id,
        series,
        abs(mean_error_units) * 3 as units_at_risk,
        abs(tracking_signal) as measured,
        'The plan one month ahead was ' || {{ whole('abs(error_units)') }} || ' cars too '
        || case when error_units > 0 then 'high' else 'low' end || ' over ' || {{ whole('months') }}
        || ' months (tracking signal ' || {{ whole('tracking_signal') }} || ').' as evidence
    from signals

    union all

    select
        'outlier' as kind,
        region_path,
        cast(null as varchar) as outlet_id,
        series,
        abs(last_units - year_mean_units) as units_at_risk,
        {{ ratio('abs(last_units - year_mean_units)', 'year_sd_units') }} as measured,
        'Last month ' || {{ whole('last_units') }} || ' cars, a year''s mean ' || {{ whole('year_mean_units') }}
        || ': a one-time deal, an error, or a change?' as evidence
    from histories

    union all

    select
        'slipping_order' as kind,
        region_path,
        outlet_id,
        series,
        orders as units_at_risk,
        days as measured,
        'Open orders behind their first promise: ' || {{ whole('orders') }} || ', the latest by ' || {{ whole('days') }}
        || ' days; sold to customers: ' || {{ whole('sold_orders') }} || '.' as evidence
    from slips

    union all

    select
        'new' as kind,
        histories.region_path,
        cast(null as varchar) as outlet_id,
        histories.series,
        ahead.final_units as units_at_risk,
        {{ months_between_firsts('histories.first_month', running_month()) }} as measured,
        'First sold ' || {{ whole(months_between_firsts('histories.first_month', running_month())) }}
        || ' months ago: its forecast of ' || {{ whole('ahead.final_units') }} || ' rests on others.' as evidence
    from histories
    inner join ahead on histories.region_path = ahead.region_path and histories.series = ahead.series

    union all

    select
        'dying' as kind,
        histories.region_path,
        cast(null as varchar) as outlet_id,
        histories.series,
        ahead.final_units as units_at_risk,
        {{ ratio('histories.half_year_units', 'histories.half_year_before_units') }} as measured,
        {{ whole('histories.half_year_units') }} || ' cars in the last 6 months, '
        || {{ whole('histories.half_year_before_units') }} || ' in the same months a year before.' as evidence
    from histories
    inner join ahead on histories.region_path = ahead.region_path and histories.series = ahead.series
    where histories.half_year_before_units >= 4

),

over_threshold as (

    select found.*
    from found
    inner join {{ ref('plan_exception_threshold') }} as thresholds on found.kind = thresholds.kind
    where
        found.units_at_risk >= thresholds.least_units
        and case
            when found.kind in ('new', 'dying') then found.measured < thresholds.threshold
            else found.measured > thresholds.threshold
        end

)

select
    found.kind || ':' || coalesce(found.outlet_id, found.region_path) || ':' || found.series || ':'
    || cast({{ running_month() }} as varchar) as exception_code,
    found.kind,
    found.region_path,
    found.outlet_id,
    found.series,
    {{ running_month() }} as exception_month,
    cast(found.measured as double) as measured,
    cast(found.units_at_risk as double) as units_at_risk,
    cast(round(found.units_at_risk * prices.price_minor) as bigint) as at_risk_minor,
    prices.currency,
    cast(
        row_number() over (
            order by found.units_at_risk * prices.price_minor desc nulls last, found.units_at_risk desc,
                found.kind asc, found.region_path asc, found.series asc, found.outlet_id asc
        ) as bigint
    ) as place,
    found.evidence

from over_threshold as found
left join prices on found.series = prices.series
