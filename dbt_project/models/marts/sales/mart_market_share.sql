-- Every brand's share of its market, as the authority counts it. No outlet's figures: everybody may read it.

with

registered as (

    select * from {{ ref('stg_market_registration') }}
    where registration_month < {{ running_month() }}

),

markets as (

    select market, segment, registration_month, {{ total('units') }} as market_units
    from registered
    group by market, segment, registration_month

),

own_brands as (

    select brand from {{ ref('stg_product') }} group by brand

)

select
    registered.market,
    registered.segment,
    registered.registration_month,
    registered.brand,
    own_brands.brand is not null as is_own_brand,
    registered.units,
    markets.market_units,
    {{ ratio('registered.units', 'markets.market_units') }} as share,
    rank() over (
        partition by registered.market, registered.segment, registered.registration_month
        order by registered.units desc
    ) as rank_in_market

from registered
inner join markets
    on
        registered.market = markets.market
        and registered.segment = markets.segment
        and registered.registration_month = markets.registration_month
left join own_brands on registered.brand = own_brands.brand
