-- What is sold beside the car, by who sold it and month. Penetration asks of each car handed over whether a product
-- of the kind was sold for it, whenever that was; a renewal in the workshop is a sale, and no car handed over.

with

kinds as (

    {% for kind in ['insurance', 'accessory', 'inspection', 'extended_warranty', 'finance', 'registration'] %}
    select '{{ kind }}' as sale_kind
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

dated as (

    select
        sales.outlet_id,
        coalesce(sales.staff_id, '') as staff_id,
        sales.sale_kind,
        sales.vin,
        sales.currency,
        sales.state,
        sales.amount_minor,
        sales.commission_minor,
        {{ local_date('sales.sold_at', 'outlets.timezone') }} as sold_date
    from {{ ref('stg_value_added_sale') }} as sales
    inner join {{ ref('int_outlet_placed') }} as outlets on sales.outlet_id = outlets.outlet_id

),

known as (

    select * from dated
    where sold_date <= {{ as_of_date() }}

),

attached as (

    select outlet_id, vin, sale_kind
    from known
    where state = 'sold' and vin is not null
    group by outlet_id, vin, sale_kind

),

cars as (

    select
        deliveries.outlet_id,
        coalesce(deliveries.staff_id, '') as staff_id,
        kinds.sale_kind,
        deliveries.delivered_month as sales_month,
        count(*) as delivered_cars,
        count(attached.vin) as attached_cars
    from {{ ref('int_retail_delivery_counted') }} as deliveries
    cross join kinds
    left join attached
        on
            deliveries.outlet_id = attached.outlet_id
            and deliveries.vin = attached.vin
            and kinds.sale_kind = attached.sale_kind
    group by deliveries.outlet_id, deliveries.staff_id, kinds.sale_kind, deliveries.delivered_month

),

sold as (

    select
        known.outlet_id,
        known.staff_id,
        known.sale_kind,
        {{ month_of('known.sold_date') }} as sales_month,
        {{ count_where("known.state = 'sold'") }} as sales,
        {{ count_where("known.state = 'cancelled'") }} as cancelled_sales,
        {{ count_where("known.state = 'sold' and known.currency <> outlets.currency") }} as foreign_sales,
        sum(case when known.state = 'sold' and known.currency = outlets.currency then known.amount_minor end)
            as amount_minor,
        sum(case when known.state = 'sold' and known.currency = outlets.currency then known.commission_minor end)
            as earned_minor
    from known
    inner join {{ ref('int_outlet_placed') }} as outlets on known.outlet_id = outlets.outlet_id
    group by known.outlet_id, known.staff_id, known.sale_kind, {{ month_of('known.sold_date') }}

),

cells as (

    select outlet_id, staff_id, sale_kind, sales_month from cars
    union all
    select outlet_id, staff_id, sale_kind, sales_month from sold

),

keys as (

    select outlet_id, staff_id, sale_kind, sales_month
    from cells
    group by outlet_id, staff_id, sale_kind, sales_month

)

select
    keys.outlet_id,
    outlets.market,
    outlets.region_path,
    keys.staff_id,
    keys.sale_kind,
    keys.sales_month,
    cast(coalesce(cars.delivered_cars, 0) as bigint) as delivered_cars,
    cast(coalesce(cars.attached_cars, 0) as bigint) as attached_cars,
    cast(coalesce(sold.sales, 0) as bigint) as sales,
    cast(coalesce(sold.cancelled_sales, 0) as bigint) as cancelled_sales,
    cast(coalesce(sold.foreign_sales, 0) as bigint) as foreign_sales,
    cast(sold.amount_minor as bigint) as amount_minor,
    cast(sold.earned_minor as bigint) as earned_minor,
    outlets.currency

from keys
inner join {{ ref('int_outlet_placed') }} as outlets on keys.outlet_id = outlets.outlet_id
left join cars
    on
        keys.outlet_id = cars.outlet_id
        and keys.staff_id = cars.staff_id
        and keys.sale_kind = cars.sale_kind
        and keys.sales_month = cars.sales_month
left join sold
    on
        keys.outlet_id = sold.outlet_id
        and keys.staff_id = sold.staff_id
        and keys.sale_kind = sold.sale_kind
        and keys.sales_month = sold.sales_month
