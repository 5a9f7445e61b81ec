-- Months of car sales that forecasts do not learn from as they came, every version: a vintage knows what was
-- recorded by its day. A mark speaks of a month that is over, so only the day of recording says when it was known.

select
    sales_outlier_id,
    cast(version as bigint) as version,
    outlet_code as outlet_id,
    region_path,
    series,
    {{ month_of('sales_month') }} as sales_month,
    replacement_units,
    reason_code,
    note,
    first_value(actor) over (partition by sales_outlier_id order by version) as author,
    state,
    state = 'active' as counts,
    first_value(recorded_at) over (partition by sales_outlier_id order by version) as written_at,
    cast(recorded_at as date) as valid_from_date

from {{ ref('stg_sales_outlier_change') }}
where cast(recorded_at as date) <= {{ as_of_date() }}
