{# The latest version of each key. A subquery instead of `qualify`, so that Spark reads it too. #}
{% macro latest_version(relation, key, versioned=true) -%}
    {%- if versioned -%}
    (
        select * from (
            select *, row_number() over (partition by {{ key }} order by version desc) as version_rank
            from {{ relation }}
        ) as ranked
        where version_rank = 1
    ) as latest
    {%- else -%}
    {# Append-only types have one version: nothing to rank. #}
    {{ relation }}
    {%- endif -%}
{%- endmacro %}

{# The row loaded last of each key of a file feed: sent again with another value, it is a correction. #}
{% macro latest_loaded(relation, key) -%}
    (
        select * from (
            select *, row_number() over (partition by {{ key | join(', ') }} order by loaded_at desc) as load_rank
            from {{ relation }}
        ) as ranked
        where load_rank = 1
    ) as latest
{%- endmacro %}

{# One row per element of a list; used as a select item. Spark: explode. #}
{% macro each_line(list_column) -%}
    {{ return(adapter.dispatch('each_line', 'dms')(list_column)) }}
{%- endmacro %}
{% macro default__each_line(list_column) -%}
    unnest({{ list_column }})
{%- endmacro %}
{% macro spark__each_line(list_column) -%}
    explode({{ list_column }})
{%- endmacro %}

{# Is a region the same as or below another? Paths read MEA/GULF/AE. `like` would take _ for any sign. #}
{% macro is_below(region_path, ancestor) -%}
    ({{ region_path }} = {{ ancestor }}
        or substr({{ region_path }}, 1, length({{ ancestor }}) + 1) = {{ ancestor }} || '/')
{%- endmacro %}

{# Market as ISO code, region as the first step of the path. #}
{% macro top_region(region_path) -%}
    {{ dbt.split_part(region_path, "'/'", 1) }}
{%- endmacro %}

{# The first `depth` steps of a region's path; shorter paths come back whole. #}
{% macro region_prefix(region_path, depth) -%}
    {{ return(adapter.dispatch('region_prefix', 'dms')(region_path, depth)) }}
{%- endmacro %}
{% macro default__region_prefix(region_path, depth) -%}
    array_to_string(list_slice(string_split({{ region_path }}, '/'), 1, {{ depth }}), '/')
{%- endmacro %}
{% macro spark__region_prefix(region_path, depth) -%}
    substring_index({{ region_path }}, '/', {{ depth }})
{%- endmacro %}

{# The value that goes with the greatest `by`; rows without a value do not count. #}
{% macro value_at_latest(value, by) -%}
    {{ return(adapter.dispatch('value_at_latest', 'dms')(value, by)) }}
{%- endmacro %}
{% macro default__value_at_latest(value, by) -%}
    arg_max({{ value }}, {{ by }})
{%- endmacro %}
{% macro spark__value_at_latest(value, by) -%}
    max_by({{ value }}, case when {{ value }} is not null then {{ by }} end)
{%- endmacro %}

{# A number as it is compared: capitals and digits alone, whatever separators it is printed with. #}
{% macro compact(text) -%}
    {{ return(adapter.dispatch('compact', 'dms')(text)) }}
{%- endmacro %}
{% macro default__compact(text) -%}
    upper(regexp_replace({{ text }}, '[^\p{L}\p{N}]', '', 'g'))
{%- endmacro %}
{% macro spark__compact(text) -%}
    upper(regexp_replace({{ text }}, '[^\\p{L}\\p{N}]', ''))
{%- endmacro %}

{# How often somebody came before: once, two or three times, more often. #}
{% macro visit_habit(visits) -%}
    case when {{ visits }} = 1 then 'once' when {{ visits }} <= 3 then 'sometimes' else 'often' end
{%- endmacro %}

{# 1 to 5 points by the share of others that a value outdoes; equal values get equal points. #}
{% macro fifth(within, order) -%}
    cast(least(5, 1 + floor(5 * percent_rank() over (partition by {{ within }} order by {{ order }}))) as bigint)
{%- endmacro %}
