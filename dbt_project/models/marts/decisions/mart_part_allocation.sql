-- A shortage shared out: who waits by promised date, the rest by the rule in force. Every outlet sees its own score.

select
    supplier_outlet_code,
    part_id,
    outlet_id,
    cast(supply as bigint) as supply,
    cast(wanted as bigint) as wanted,
    cast(allocated as bigint) as allocated,
    cast(for_waiting as bigint) as for_waiting,
    cast(short as bigint) as short,
    cast(score as double) as score,
    cast(rank as bigint) as rank,
    reason,
    rule_id

from {{ ref('stg_engine_part_allocation') }}
