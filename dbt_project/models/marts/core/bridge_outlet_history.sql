-- The hierarchy with its history: which legal entity ran an outlet, where it stood in the regions and as what,
-- from which day to which. An outlet that left keeps its past.

select
    outlet_id,
    valid_from_date,
    legal_entity_id,
    name,
    outlet_kind,
    market,
    region_path,
    {{ top_region('region_path') }} as region,
    state,
    successor_outlet_id,
    valid_to_date,
    valid_to_date is null as is_current

from {{ ref('int_outlet_dated') }}
