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
    hobby,
    kept_apart_reason

from {{ source('personal', 'customer_record') }}
