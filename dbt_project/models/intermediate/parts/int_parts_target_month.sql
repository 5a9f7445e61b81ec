-- Targets of parts by month. What a year's target leaves, once the months with one of their own have taken theirs,
-- is shared evenly over the others, to the last minor unit.

with

latest as (

    select *
    from (
        select
            *,
            row_number() over (
                partition by outlet_id, category, measure, horizon, target_month
                order by effective_at desc, parts_target_id desc
            ) as choice
        from {{ ref('stg_parts_target') }}
        where state in ('issued', 'revised')
    ) as ranked
    where choice = 1

),

numbers as (

    {% for number in range(12) %}
        select {{ number }} as month_no
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

),

month_of_year as (

    select
        years.outlet_id,
        years.category,
        years.measure,
        years.currency,
        years.parts_target_id,
        {{ add_months('years.target_month', 'numbers.month_no') }} as target_month,
        years.amount_minor as year_minor,
        years.units as year_units
    from latest as years
    cross join numbers
    where years.horizon = 'year'

),

beside as (

    select
        spread.*,
        own.amount_minor as own_minor,
        own.units as own_units,
        own.outlet_id is not null as has_own
    from month_of_year as spread
    left join latest as own
        on
            own.horizon = 'month'
            and spread.outlet_id = own.outlet_id
            and spread.category = own.category
            and spread.measure = own.measure
            and spread.currency = own.currency
            and spread.target_month = own.target_month

),

rests as (

    select
        *,
        greatest(year_minor - coalesce(sum(own_minor) over of_year, 0), 0) as rest_minor,
        -- a year without units has none to share: greatest() alone would make them zero
        case when year_units is not null then greatest(year_units - coalesce(sum(own_units) over of_year, 0), 0) end
            as rest_units,
        sum(case when has_own then 0 else 1 end) over of_year as open_months,
        sum(case when has_own then 0 else 1 end) over (
            partition by parts_target_id order by target_month
            rows between unbounded preceding and current row
        ) as nth
    from beside
    window of_year as (partition by parts_target_id)

)

select outlet_id, category, measure, currency, target_month, amount_minor, units
from latest
where horizon = 'month'

union all

select
    outlet_id,
    category,
    measure,
    currency,
    target_month,
    cast(floor(rest_minor * nth / open_months) - floor(rest_minor * (nth - 1) / open_months) as bigint)
        as amount_minor,
    cast(floor(rest_units * nth / open_months) - floor(rest_units * (nth - 1) / open_months) as bigint) as units
from rests
where not has_own
