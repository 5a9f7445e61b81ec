-- How long a car is under warranty: its first day and the limits of the claim rules in force for its market on
-- the as-of day. The rules that judge claims are the only place where a length stands; without one, none is said.

with

rules as (

    select
        check_kind,
        market,
        most
    from {{ ref('stg_warranty_rule') }}
    where
        state = 'active'
        and check_kind in ('out_of_time', 'out_of_distance')
        and effective_from_date <= {{ as_of_date() }}
        and (effective_to_date is null or effective_to_date >= {{ as_of_date() }})

),

sold as (

    select
        vin,
        market,
        warranty_start_date
    from (
        select
            deliveries.vin,
            outlets.market,
            deliveries.warranty_start_date,
            row_number() over (
                partition by deliveries.vin order by deliveries.delivered_date desc, deliveries.retail_delivery_id desc
            ) as latest
        from {{ ref('int_retail_delivery_counted') }} as deliveries
        inner join {{ ref('int_outlet_placed') }} as outlets on deliveries.outlet_id = outlets.outlet_id
    ) as ranked
    where latest = 1

),

limited as (

    select
        sold.vin,
        sold.market,
        sold.warranty_start_date,
        min(case when rules.check_kind = 'out_of_time' and rules.market is not null then rules.most end)
            as own_days,
        min(case when rules.check_kind = 'out_of_time' and rules.market is null then rules.most end) as any_days,
        min(case when rules.check_kind = 'out_of_distance' and rules.market is not null then rules.most end)
            as own_km,
        min(case when rules.check_kind = 'out_of_distance' and rules.market is null then rules.most end) as any_km
    from sold
    left join rules on rules.market is null or rules.market = sold.market
    group by sold.vin, sold.market, sold.warranty_start_date

)

select
    vin,
    market,
    warranty_start_date,
    cast({{ add_days('warranty_start_date', 'cast(coalesce(own_days, any_days) as integer)') }} as date)
        as warranty_end_date,
    cast(coalesce(own_km, any_km) as bigint) as warranty_limit_km

from limited
