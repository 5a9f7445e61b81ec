-- Dead and excess stock: what lies on a shelf beyond its need, and what of it may go back until when.

select
    returns.return_id,
    returns.outlet_id,
    returns.part_id,
    parts.part_no,
    parts.description,
    returns.supplier_outlet_code,
    returns.as_of_date,
    returns.verdict,
    returns.sentence,
    returns.is_dead,
    cast(returns.on_hand as bigint) as on_hand,
    cast(returns.kept_units as bigint) as kept_units,
    cast(returns.excess_units as bigint) as excess_units,
    cast(returns.excess_minor as bigint) as excess_minor,
    cast(returns.protected_units as bigint) as protected_units,
    returns.protected_until_date,
    cast(returns.return_units as bigint) as return_units,
    cast(returns.return_minor as bigint) as return_minor,
    returns.currency

from {{ ref('stg_engine_return_suggestion') }} as returns
inner join {{ ref('stg_part') }} as parts on returns.part_id = parts.part_id
