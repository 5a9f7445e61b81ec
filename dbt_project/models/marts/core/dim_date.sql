select
    calendar_date,
    {{ month_of('calendar_date') }} as calendar_month,
    cast(extract(year from calendar_date) as bigint) as year_no,
    cast(extract(quarter from calendar_date) as bigint) as quarter_no,
    cast(extract(month from calendar_date) as bigint) as month_no,
    {{ iso_weekday('calendar_date') }} as weekday_no,
    {{ month_of('calendar_date') }} < {{ running_month() }} as is_complete_month

from (
    {{ date_series("date '1995-01-01'", add_days(as_of_date(), 1095)) }}
) as days
