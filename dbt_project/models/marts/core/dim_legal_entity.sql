-- Companies that sign the contracts, and what they run today; known by tax number, else by name without separators.

with

latest as (

    select
        legal_entity_id,
        {{ value_at_latest('legal_entity', 'valid_from_date') }} as legal_entity,
        min(valid_from_date) as first_date,
        cast(count(distinct outlet_id) as bigint) as outlets_ever
    from {{ ref('int_outlet_dated') }}
    group by legal_entity_id

),

today as (

    select
        legal_entity_id,
        cast(count(*) as bigint) as outlets,
        cast(count(distinct market) as bigint) as markets,
        cast(count(distinct region_path) as bigint) as regions
    from {{ ref('int_outlet_dated') }}
    where valid_to_date is null and state = 'operating'
    group by legal_entity_id

),

doing as (

    select
        legal_entity_id,
        max(case when role = 'sales' then 1 else 0 end) = 1 as has_sales,
        max(case when role = 'service' then 1 else 0 end) = 1 as has_service
    from {{ ref('bridge_outlet_role') }}
    where is_current
    group by legal_entity_id

)

select
    latest.legal_entity_id,
    latest.legal_entity,
    coalesce(today.outlets, 0) as outlets,
    latest.outlets_ever,
    coalesce(today.markets, 0) as markets,
    coalesce(today.regions, 0) as regions,
    coalesce(doing.has_sales, false) as has_sales,
    coalesce(doing.has_service, false) as has_service,
    latest.first_date

from latest
left join today on latest.legal_entity_id = today.legal_entity_id
left join doing on latest.legal_entity_id = doing.legal_entity_id
