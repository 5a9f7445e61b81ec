select
    customer_id,
    outlet_id,
    given_name,
    family_name,
    company_name,
    phone,
    email,
    address_line,
    postcode,
    city,
    national_id,
    birth_date,
    anniversary_date,
    income_band,
    hobby

from {{ source('personal', 'customer_record') }}
