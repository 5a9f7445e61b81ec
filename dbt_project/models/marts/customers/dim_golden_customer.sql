-- One person or company, whatever the number of records: of every field the value that survived.

with

members as (

    select
        golden_id,
        min(customer_type) as customer_type,
        cast(count(*) as bigint) as records,
        cast(count(distinct outlet_id) as bigint) as outlets
    from {{ ref('map_customer_source') }}
    where is_current
    group by golden_id

),

survived as (

    select
        golden_id,
        max(case when field = 'given_name' then value end) as given_name,
        max(case when field = 'family_name' then value end) as family_name,
        max(case when field = 'company_name' then value end) as company_name,
        max(case when field = 'phone' then value end) as phone,
        max(case when field = 'email' then value end) as email,
        max(case when field = 'address_line' then value end) as address_line,
        max(case when field = 'postcode' then value end) as postcode,
        max(case when field = 'city' then value end) as city,
        max(case when field = 'birth_date' then value end) as birth_date,
        max(case when field = 'country' then value end) as country,
        max(case when field = 'language' then value end) as language
    from {{ ref('stg_engine_customer_survivor') }}
    group by golden_id

)

select
    members.golden_id,
    members.customer_type,
    survived.given_name,
    survived.family_name,
    survived.company_name,
    survived.phone,
    survived.email,
    survived.address_line,
    survived.postcode,
    survived.city,
    cast(survived.birth_date as date) as birth_date,
    survived.country,
    survived.language,
    members.records,
    members.outlets

from members
left join survived on members.golden_id = survived.golden_id
