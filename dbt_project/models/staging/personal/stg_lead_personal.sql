select
    lead_id,
    outlet_id,
    contact_name,
    contact_phone,
    contact_email

from {{ source('personal', 'lead') }}
