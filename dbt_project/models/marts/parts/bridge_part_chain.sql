-- What replaces what: every part number and the number that ends its chain.

select
    part_id,
    current_part_id,
    factor,
    hops,
    chain_status,
    use_up,
    valid_from_date

from {{ ref('int_part_chain_resolved') }}
