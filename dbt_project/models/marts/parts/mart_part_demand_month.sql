-- Demand by month, as recorded and as it would have been with stock.
--
-- What was served (asked for, neither lost nor put on back-order) over the days in stock of the last
-- twelve months gives a rate per day. The days without stock of those months would have seen that rate;
-- what was written down all the same, as lost or back-ordered, is taken off. What is still missing is
-- spread over the days without stock, this month's share goes to this month. Judged over a year, because
-- month by month a lucky one would be lifted and an unlucky one not lowered.

with

months as (

    select
        counted.*,
        coalesce(stocked.zero_stock_days, 0) as zero_stock_days,
        greatest(counted.observed_units - counted.lost_units - counted.backordered_units, 0) as served_units,
        {{ days_between('counted.demand_month', add_months('counted.demand_month', 1)) }} as month_days
    from {{ ref('int_part_month_counted') }} as counted
    left join {{ ref('int_part_month_stocked') }} as stocked
        on
            counted.outlet_id = stocked.outlet_id
            and counted.part_id = stocked.part_id
            and counted.demand_month = stocked.demand_month

),

rated as (

    select
        *,
        sum(served_units) over last_year as served_in_year,
        sum(observed_units - served_units) over last_year as unserved_in_year,
        sum(zero_stock_days) over last_year as zero_stock_days_in_year,
        sum(month_days - zero_stock_days) over last_year as stocked_days_in_year
    from months
    window last_year as (
        partition by outlet_id, part_id order by demand_month
        rows between {{ var('demand_rate_months') - 1 }} preceding and current row
    )

),

corrected as (

    select
        *,
        observed_units + case
            when zero_stock_days > 0 and stocked_days_in_year >= {{ var('demand_rate_least_days') }}
                then greatest(
                    served_in_year / stocked_days_in_year * zero_stock_days_in_year - unserved_in_year, 0
                ) * zero_stock_days / zero_stock_days_in_year
            else 0
        end as corrected_units
    from rated

),

shapes as (

    select
        outlet_id,
        part_id,
        {{ ratio('count(*)', count_where('observed_units > 0')) }} as adi,
        power({{ ratio(
            'stddev_samp(case when observed_units > 0 then observed_units end)',
            'avg(case when observed_units > 0 then observed_units end)'
        ) }}, 2) as cv2
    from months
    group by outlet_id, part_id

)

select
    corrected.outlet_id,
    corrected.part_id,
    corrected.demand_month,
    cast(corrected.observed_units as double) as observed_units,
    cast(corrected.corrected_units as double) as corrected_units,
    cast(corrected.lost_units as double) as lost_units,
    cast(corrected.backordered_units as double) as backordered_units,
    corrected.zero_stock_days,
    corrected.month_days,
    corrected.demand_lines,
    cast(corrected.superseded_units as double) as superseded_units,
    shapes.adi,
    shapes.cv2,
    {{ demand_class('shapes.adi', 'shapes.cv2') }} as demand_class

from corrected
inner join shapes on corrected.outlet_id = shapes.outlet_id and corrected.part_id = shapes.part_id
