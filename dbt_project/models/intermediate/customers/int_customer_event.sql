-- What a customer record did, one row per document: a lead, a drive, an offer, an order, a car, a visit, a claim.
-- Spend is what the customer paid; margin is spend less what the car or the parts cost the outlet. Wages are not
-- deducted, and where the cost is not known, or in another currency, the margin is null.

with

car_cost as (

    select
        vin,
        price_minor,
        currency
    from (
        select
            vin,
            price_minor,
            currency,
            row_number() over (partition by vin order by ordered_date desc, vehicle_order_id asc) as choice
        from {{ ref('stg_vehicle_order') }}
        where vin is not null and state not in ('rejected', 'cancelled')
    ) as ranked
    where choice = 1

),

work as (

    select
        repair_order_id,
        sum(spend_minor) as spend_minor,
        sum(margin_minor) as margin_minor,
        count(*) = count(margin_minor) as is_cost_known
    from (
        select
            repair_order_id,
            amount_minor as spend_minor,
            amount_minor as margin_minor
        from {{ ref('int_repair_order_labour_exploded') }}
        where pay_type = 'customer'

        union all

        select
            lines.repair_order_id,
            lines.amount_minor as spend_minor,
            lines.amount_minor - lines.quantity * prices.price_minor as margin_minor
        from {{ ref('int_repair_order_part_exploded') }} as lines
        inner join {{ ref('int_outlet_placed') }} as outlets on lines.outlet_id = outlets.outlet_id
        left join {{ ref('int_part_price_current') }} as prices
            on
                lines.part_id = prices.part_id
                and outlets.market = prices.market
                and outlets.currency = prices.currency
        where lines.pay_type = 'customer'
    ) as lines
    group by repair_order_id

),

orders as (

    select * from {{ ref('int_repair_order_dated') }}

),

done as (

    select
        leads.customer_id,
        leads.outlet_id,
        {{ local_date('leads.arrived_at', 'outlets.timezone') }} as event_date,
        'lead' as event_kind,
        leads.lead_id as document_key,
        cast(null as varchar) as vin,
        cast(null as varchar) as currency,
        cast(null as bigint) as spend_minor,
        cast(null as bigint) as margin_minor
    from {{ ref('stg_lead') }} as leads
    inner join {{ ref('int_outlet_placed') }} as outlets on leads.outlet_id = outlets.outlet_id

    union all

    select
        leads.customer_id,
        drives.outlet_id,
        {{ local_date('drives.slot_at', 'outlets.timezone') }} as event_date,
        'test_drive' as event_kind,
        drives.test_drive_id as document_key,
        drives.vin,
        cast(null as varchar) as currency,
        cast(null as bigint) as spend_minor,
        cast(null as bigint) as margin_minor
    from {{ ref('stg_test_drive') }} as drives
    inner join {{ ref('stg_lead') }} as leads on drives.lead_id = leads.lead_id
    inner join {{ ref('int_outlet_placed') }} as outlets on drives.outlet_id = outlets.outlet_id
    where drives.state <> 'cancelled'

    union all

    select
        leads.customer_id,
        offers.outlet_id,
        {{ local_date('offers.effective_at', 'outlets.timezone') }} as event_date,
        'quotation' as event_kind,
        offers.quotation_id as document_key,
        cast(null as varchar) as vin,
        offers.currency,
        cast(null as bigint) as spend_minor,
        cast(null as bigint) as margin_minor
    from {{ ref('stg_quotation_change') }} as offers
    inner join {{ ref('stg_lead') }} as leads on offers.lead_id = leads.lead_id
    inner join {{ ref('int_outlet_placed') }} as outlets on offers.outlet_id = outlets.outlet_id
    where offers.version = 1

    union all

    select
        retail.customer_id,
        retail.outlet_id,
        {{ local_date('retail.ordered_at', 'outlets.timezone') }} as event_date,
        'retail_order' as event_kind,
        retail.retail_order_id as document_key,
        retail.vin,
        retail.currency,
        cast(null as bigint) as spend_minor,
        cast(null as bigint) as margin_minor
    from {{ ref('stg_retail_order') }} as retail
    inner join {{ ref('int_outlet_placed') }} as outlets on retail.outlet_id = outlets.outlet_id

    union all

    select
        counted.customer_id,
        counted.outlet_id,
        counted.delivered_date as event_date,
        'retail_delivery' as event_kind,
        counted.retail_delivery_id as document_key,
        counted.vin,
        deliveries.currency,
        deliveries.price_minor as spend_minor,
        deliveries.price_minor - car_cost.price_minor as margin_minor
    from {{ ref('int_retail_delivery_counted') }} as counted
    inner join {{ ref('stg_retail_delivery') }} as deliveries
        on counted.retail_delivery_id = deliveries.retail_delivery_id
    left join car_cost on counted.vin = car_cost.vin and deliveries.currency = car_cost.currency

    union all

    select
        orders.customer_id,
        orders.outlet_id,
        orders.opened_date as event_date,
        'repair_order' as event_kind,
        orders.repair_order_id as document_key,
        orders.vin,
        orders.currency,
        work.spend_minor,
        case when work.is_cost_known then work.margin_minor end as margin_minor
    from orders
    left join work on orders.repair_order_id = work.repair_order_id

    union all

    select
        orders.customer_id,
        claims.outlet_id,
        claims.submitted_date as event_date,
        'warranty_claim' as event_kind,
        claims.warranty_claim_id as document_key,
        claims.vin,
        claims.currency,
        cast(null as bigint) as spend_minor,
        cast(null as bigint) as margin_minor
    from {{ ref('stg_warranty_claim') }} as claims
    inner join orders on claims.repair_order_id = orders.repair_order_id

    union all

    select
        complaints.customer_id,
        complaints.outlet_id,
        {{ local_date('complaints.received_at', 'outlets.timezone') }} as event_date,
        'complaint' as event_kind,
        complaints.complaint_id as document_key,
        complaints.vin,
        cast(null as varchar) as currency,
        cast(null as bigint) as spend_minor,
        cast(null as bigint) as margin_minor
    from {{ ref('stg_complaint') }} as complaints
    inner join {{ ref('int_outlet_placed') }} as outlets on complaints.outlet_id = outlets.outlet_id

)

select
    customer_id,
    outlet_id,
    event_date,
    event_kind,
    document_key,
    vin,
    currency,
    cast(spend_minor as bigint) as spend_minor,
    cast(margin_minor as bigint) as margin_minor

from done
where customer_id is not null and event_date <= {{ as_of_date() }}
