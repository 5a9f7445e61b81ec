select
    staff_id,
    outlet_id,
    given_name,
    family_name,
    phone,
    email

from {{ source('personal', 'staff') }}
