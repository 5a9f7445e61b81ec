-- ABC by the value asked for in the last twelve complete months: A is the first 80 %, B up to 95 %.
-- A part without a price has no value and falls to C; the policy marks it as such.

with

sales as (

    select
        outlet_id,
        part_id,
        sum(corrected_units) as units_in_year,
        {{ count_where('observed_units > 0') }} as demand_months_in_year
    from {{ ref('mart_part_demand_month') }}
    where demand_month >= {{ add_months(running_month(), -12) }}
    group by outlet_id, part_id

),

valued as (

    select
        sales.*,
        coalesce(sales.units_in_year * prices.price_minor, 0) as value_minor
    from sales
    inner join {{ ref('int_outlet_placed') }} as outlets on sales.outlet_id = outlets.outlet_id
    left join {{ ref('int_part_price_current') }} as prices
        on sales.part_id = prices.part_id and outlets.market = prices.market

),

ranked as (

    select
        *,
        {{ ratio(
            'sum(value_minor) over (
                partition by outlet_id order by value_minor desc, part_id
                rows between unbounded preceding and current row
            ) - value_minor',
            'sum(value_minor) over (partition by outlet_id)'
        ) }} as value_share_before
    from valued

)

select
    outlet_id,
    part_id,
    units_in_year,
    demand_months_in_year,
    case
        when value_minor > 0 and value_share_before < 0.80 then 'A'
        when value_minor > 0 and value_share_before < 0.95 then 'B'
        else 'C'
    end as abc_class

from ranked
