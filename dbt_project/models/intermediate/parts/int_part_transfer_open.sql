-- Units asked for from another outlet and not there yet: spoken for where they lie, coming where they go.

with

ends as (

    select outlet_id, part_id, quantity as leaving_units, 0 as coming_units
    from {{ ref('stg_parts_transfer') }}
    where state in ('requested', 'approved')

    union all

    select to_outlet_code, part_id, 0, quantity
    from {{ ref('stg_parts_transfer') }}
    where state in ('requested', 'approved')

)

select
    outlet_id,
    part_id,
    {{ total('leaving_units') }} as leaving_units,
    {{ total('coming_units') }} as coming_units

from ends
group by outlet_id, part_id
