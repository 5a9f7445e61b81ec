-- The working calendar of each market: its weekend and its public holidays are data (seeds).
-- A market without a row in the weekend seed rests on Saturday and Sunday.

with

markets as (

    select market
    from {{ ref('int_outlet_placed') }}
    group by market

),

days as (

    {{ date_series(add_days(as_of_date(), -3650), add_days(as_of_date(), 730)) }}

),

judged as (

    select
        markets.market,
        days.calendar_date,
        {{ month_of('days.calendar_date') }} as calendar_month,
        holidays.holiday_name,
        holidays.holiday_date is not null as is_holiday,
        {{ iso_weekday('days.calendar_date') }} in (
            coalesce(weekends.first_rest_day, 6), coalesce(weekends.second_rest_day, 7)
        ) as is_weekend
    from markets
    cross join days
    left join {{ ref('market_weekend') }} as weekends
        on
            markets.market = weekends.market
            and days.calendar_date >= weekends.valid_from_date
            and days.calendar_date <= weekends.valid_to_date
    left join {{ ref('market_holiday') }} as holidays
        on markets.market = holidays.market and days.calendar_date = holidays.holiday_date

)

select
    market,
    calendar_date,
    calendar_month,
    holiday_name,
    is_weekend,
    is_holiday,
    not is_weekend and not is_holiday as is_working_day,
    cast(sum(case when not is_weekend and not is_holiday then 1 else 0 end) over (
        partition by market, calendar_month order by calendar_date
        rows between unbounded preceding and current row
    ) as bigint) as working_day_no

from judged
