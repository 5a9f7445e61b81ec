-- Hand-overs that count as retail: reported or audited, neither rejected nor reversed.

select
    deliveries.retail_delivery_id,
    deliveries.outlet_id,
    deliveries.vin,
    deliveries.customer_id,
    deliveries.retail_order_id,
    coalesce(deliveries.lead_id, orders.lead_id) as lead_id,
    deliveries.staff_id,
    deliveries.sales_channel,
    products.series,
    products.model,
    products.variant,
    deliveries.delivered_date,
    deliveries.warranty_start_date,
    {{ month_of('deliveries.delivered_date') }} as delivered_month

from {{ ref('stg_retail_delivery') }} as deliveries
left join {{ ref('stg_retail_order') }} as orders on deliveries.retail_order_id = orders.retail_order_id
inner join {{ ref('stg_vehicle') }} as vehicles on deliveries.vin = vehicles.vin
inner join {{ ref('stg_product') }} as products on vehicles.product_id = products.product_id
where
    deliveries.state in ('reported', 'audited')
    and deliveries.delivered_date <= {{ as_of_date() }}
