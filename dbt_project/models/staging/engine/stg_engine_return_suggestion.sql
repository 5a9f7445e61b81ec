select
    return_id,
    outlet_id,
    part_id,
    supplier_outlet_code,

    currency,
    verdict,
    sentence,

    is_dead,

    on_hand,
    kept_units,
    excess_units,
    protected_units,
    return_units,
    excess_minor,
    return_minor,

    protected_until_date,
    as_of_date

from {{ source('engine', 'return_suggestion') }}
