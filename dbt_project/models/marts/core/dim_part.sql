select
    parts.part_id,
    parts.part_no,
    {{ compact('parts.part_no') }} as compact_no,
    parts.description,
    parts.category,
    parts.criticality,
    parts.state,
    chains.current_part_id,
    parts.pack_size,
    parts.minimum_quantity,
    parts.shelf_life_days,
    chains.hops > 0 as is_superseded,
    count(*) over (partition by {{ compact('parts.part_no') }}) > 1 as is_number_shared,
    parts.is_returnable,
    parts.introduced_date

from {{ ref('stg_part') }} as parts
inner join {{ ref('int_part_chain_resolved') }} as chains on parts.part_id = chains.part_id
