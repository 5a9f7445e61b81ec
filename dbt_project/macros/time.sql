{# Days, months and elapsed time. dbt.datediff counts boundaries in DuckDB and elapsed units in
   Spark, so differences are taken here: of dates, or from epochs. #}

{# The day the warehouse speaks of, as a date. #}
{% macro as_of_date() -%}
    cast('{{ var("as_of_date") or run_started_at.strftime("%Y-%m-%d") }}' as date)
{%- endmacro %}

{# First day of the month that is running on the as-of day: complete months are before it. #}
{% macro running_month() -%}
    {{ month_of(as_of_date()) }}
{%- endmacro %}

{# The calendar day of an instant in an IANA time zone. #}
{% macro local_date(instant, timezone) -%}
    {{ return(adapter.dispatch('local_date', 'dms')(instant, timezone)) }}
{%- endmacro %}
{% macro default__local_date(instant, timezone) -%}
    cast(timezone({{ timezone }}, {{ instant }}) as date)
{%- endmacro %}
{% macro spark__local_date(instant, timezone) -%}
    to_date(from_utc_timestamp({{ instant }}, {{ timezone }}))
{%- endmacro %}

{# First day of the month of a date. #}
{% macro month_of(day) -%}
    cast({{ dbt.date_trunc('month', day) }} as date)
{%- endmacro %}

{# Whole days from one date to a later one. #}
{% macro days_between(earlier, later) -%}
    {{ return(adapter.dispatch('days_between', 'dms')(earlier, later)) }}
{%- endmacro %}
{% macro default__days_between(earlier, later) -%}
    date_diff('day', {{ earlier }}, {{ later }})
{%- endmacro %}
{% macro spark__days_between(earlier, later) -%}
    cast(datediff({{ later }}, {{ earlier }}) as bigint)
{%- endmacro %}

{# Months from one first of a month to a later one. #}
{% macro months_between_firsts(earlier, later) -%}
    ((extract(year from {{ later }}) - extract(year from {{ earlier }})) * 12
        + extract(month from {{ later }}) - extract(month from {{ earlier }}))
{%- endmacro %}

{# Elapsed minutes between two instants, with fractions. #}
{% macro minutes_between(earlier, later) -%}
    {{ return(adapter.dispatch('minutes_between', 'dms')(earlier, later)) }}
{%- endmacro %}
{% macro default__minutes_between(earlier, later) -%}
    ((epoch({{ later }}) - epoch({{ earlier }})) / 60.0)
{%- endmacro %}
{% macro spark__minutes_between(earlier, later) -%}
    ((cast({{ later }} as double) - cast({{ earlier }} as double)) / 60.0)
{%- endmacro %}

{# A date some days on; `days` may be negative or an expression. #}
{% macro add_days(day, days) -%}
    cast({{ dbt.dateadd('day', days, day) }} as date)
{%- endmacro %}

{% macro add_months(day, months) -%}
    cast({{ dbt.dateadd('month', months, day) }} as date)
{%- endmacro %}

{# One row per day or month, both ends included. Column: calendar_date. #}
{% macro date_series(first_day, last_day, step='day') -%}
    {{ return(adapter.dispatch('date_series', 'dms')(first_day, last_day, step)) }}
{%- endmacro %}
{% macro default__date_series(first_day, last_day, step) -%}
    select cast(unnest(generate_series(
        cast({{ first_day }} as timestamp), cast({{ last_day }} as timestamp), interval 1 {{ step }}
    )) as date) as calendar_date
{%- endmacro %}
{% macro spark__date_series(first_day, last_day, step) -%}
    select explode(sequence({{ first_day }}, {{ last_day }}, interval 1 {{ step }})) as calendar_date
{%- endmacro %}

{# Day of the week, 1 Monday to 7 Sunday. #}
{% macro iso_weekday(day) -%}
    {{ return(adapter.dispatch('iso_weekday', 'dms')(day)) }}
{%- endmacro %}
{% macro default__iso_weekday(day) -%}
    cast(isodow({{ day }}) as bigint)
{%- endmacro %}
{% macro spark__iso_weekday(day) -%}
    cast(weekday({{ day }}) + 1 as bigint)
{%- endmacro %}
