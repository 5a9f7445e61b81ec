-- The same day of every month of the last two years, this month's first: what was known on it of the months
-- ahead is what today's knowledge is compared with. A month that is too short gives its last day.

select
    calendar.calendar_date as cut_month,
    least(
        {{ add_days('calendar.calendar_date', 'cast(extract(day from ' ~ as_of_date() ~ ') as integer) - 1') }},
        {{ add_days(add_months('calendar.calendar_date', 1), -1) }}
    ) as cut_date

from (
    {{ date_series(add_months(running_month(), -24), running_month(), 'month') }}
) as calendar
