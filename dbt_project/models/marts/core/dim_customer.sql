-- Customers as their sources wrote them down; two records of one person are two rows until the
-- identity step joins them. Personal columns are null once erased.

select
    customers.customer_id,
    customers.outlet_id,
    customers.customer_type,
    names.given_name,
    names.family_name,
    names.company_name,
    names.phone,
    names.email,
    names.address_line,
    names.postcode,
    names.city,
    customers.country,
    names.national_id,
    names.birth_date,
    names.anniversary_date,
    names.income_band,
    names.hobby,
    customers.language,
    customers.source,
    customers.state,
    names.phone is not null as has_phone,
    names.email is not null as has_email,
    customers.recorded_at

from {{ ref('stg_customer_record') }} as customers
left join {{ ref('stg_customer_record_personal') }} as names on customers.customer_id = names.customer_id
