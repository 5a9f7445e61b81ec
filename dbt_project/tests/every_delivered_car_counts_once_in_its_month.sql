-- Retail of complete months in the attainment equals the monthly sales the forecast learns from.

with

attained as (

    select outlet_id, series, sales_month, retail_units
    from {{ ref('mart_sales_attainment') }}
    where is_complete_month

)

select sales.outlet_id, sales.series, sales.sales_month, sales.units, attained.retail_units

from {{ ref('mart_vehicle_sales_month') }} as sales
left join attained
    on
        sales.outlet_id = attained.outlet_id
        and sales.series = attained.series
        and sales.sales_month = attained.sales_month
where sales.units <> coalesce(attained.retail_units, 0)
