-- Free cars shared out among the outlets that ordered the product, by the rule in force.

select
    product_id,
    outlet_id,
    cast(wanted as bigint) as wanted,
    cast(allocated as bigint) as allocated,
    cast(for_waiting as bigint) as for_waiting,
    cast(short as bigint) as short,
    cast(score as double) as score,
    cast(rank as bigint) as rank,
    reason,
    rule_id

from {{ ref('stg_engine_vehicle_allocation') }}
