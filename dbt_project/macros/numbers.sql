{# Sums stay 64-bit: DuckDB widens sum(bigint) to hugeint, Spark does not. Null when nothing was summed. #}
{% macro total(expression) -%}
    cast(sum({{ expression }}) as bigint)
{%- endmacro %}

{# The same where no rows mean a true zero: counts of things that did not happen. #}
{% macro total_or_zero(expression) -%}
    cast(coalesce(sum({{ expression }}), 0) as bigint)
{%- endmacro %}

{# How many rows meet a condition. #}
{% macro count_where(condition) -%}
    cast(sum(case when {{ condition }} then 1 else 0 end) as bigint)
{%- endmacro %}

{# A ratio of sums; null, not zero, when the denominator is zero or unknown. #}
{% macro ratio(numerator, denominator) -%}
    (cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0))
{%- endmacro %}

{# Interpolated percentile over a group. #}
{% macro percentile(expression, share) -%}
    {{ return(adapter.dispatch('percentile', 'dms')(expression, share)) }}
{%- endmacro %}
{% macro default__percentile(expression, share) -%}
    cast(quantile_cont({{ expression }}, {{ share }}) as double)
{%- endmacro %}
{% macro spark__percentile(expression, share) -%}
    cast(percentile({{ expression }}, {{ share }}) as double)
{%- endmacro %}

{# Age buckets of cars in stock; the clock starts at the outlet's receipt. #}
{% macro age_bucket(days) -%}
    case
        when {{ days }} <= 30 then '0-30'
        when {{ days }} <= 60 then '31-60'
        when {{ days }} <= 90 then '61-90'
        when {{ days }} <= 120 then '91-120'
        when {{ days }} <= 180 then '121-180'
        when {{ days }} <= 365 then '181-365'
        when {{ days }} > 365 then '>365'
    end
{%- endmacro %}
{% macro age_buckets() -%}
    {{ return(['0-30', '31-60', '61-90', '91-120', '121-180', '181-365', '>365']) }}
{%- endmacro %}

{# Syntetos, Boylan and Croston (2005): cut-offs 1.32 and 0.49. #}
{% macro demand_class(adi, cv2) -%}
    case
        when {{ adi }} is null then 'none'
        when {{ adi }} < 1.32 and coalesce({{ cv2 }}, 0) < 0.49 then 'smooth'
        when {{ adi }} < 1.32 then 'erratic'
        when coalesce({{ cv2 }}, 0) < 0.49 then 'intermittent'
        else 'lumpy'
    end
{%- endmacro %}

{# A figure as a word of a sentence: rounded to the whole. #}
{% macro whole(expression) -%}
    cast(cast(round({{ expression }}) as bigint) as varchar)
{%- endmacro %}
