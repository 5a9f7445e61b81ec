-- Cars that are offered for sale. Demo and test-drive cars are kept to be driven: they are no stock to sell.

select
    vehicles.vin,
    products.series,
    products.variant,
    vehicles.production_date

from {{ ref('stg_vehicle') }} as vehicles
inner join {{ ref('stg_product') }} as products on vehicles.product_id = products.product_id
where coalesce(vehicles.usage, 'stock') not in ('demo', 'test_drive')
