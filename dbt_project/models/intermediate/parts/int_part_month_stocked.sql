-- Days of each month on which nothing of the chain was in stock; one row per month that has any.

select
    months.outlet_id,
    months.part_id,
    months.demand_month,
    {{ total(
        days_between(
            'greatest(months.demand_month, gaps.zero_from_date)',
            'least(' ~ add_days(add_months('months.demand_month', 1), -1) ~ ', gaps.zero_to_date)'
        ) ~ ' + 1'
    ) }} as zero_stock_days

from {{ ref('int_part_month_counted') }} as months
inner join {{ ref('int_part_zero_stock_found') }} as gaps
    on
        months.outlet_id = gaps.outlet_id
        and months.part_id = gaps.part_id
        and gaps.zero_from_date < {{ add_months('months.demand_month', 1) }}
        and gaps.zero_to_date >= months.demand_month
group by months.outlet_id, months.part_id, months.demand_month
