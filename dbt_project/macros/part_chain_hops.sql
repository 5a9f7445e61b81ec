{# Every hop from a replaced number towards the end of its chain.

   In: part_id, successor_part_id, factor; one row per replaced number.
   Out: start_part_id, part_id reached, factor (product so far), hop (from 1), is_cycle.
   Stops at a number already seen and at the hop limit, so that a wrong catalogue ends too.
   Spark 4 reads `with recursive` as it stands; older Spark unrolls it into chain_hop_limit joins. #}
{% macro part_chain_hops(relation) -%}
    with recursive hops as (

        select
            part_id as start_part_id,
            successor_part_id as part_id,
            factor,
            1 as hop,
            '/' || part_id || '/' || successor_part_id || '/' as seen,
            part_id = successor_part_id as is_cycle
        from {{ relation }}

        union all

        select
            hops.start_part_id,
            relation.successor_part_id as part_id,
            hops.factor * relation.factor as factor,
            hops.hop + 1 as hop,
            hops.seen || relation.successor_part_id || '/' as seen,
            {{ dbt.position("'/' || relation.successor_part_id || '/'", "hops.seen") }} > 0 as is_cycle
        from hops
        inner join {{ relation }} as relation on hops.part_id = relation.part_id
        where not hops.is_cycle and hops.hop <= {{ var('chain_hop_limit') }}

    )

    select start_part_id, part_id, factor, hop, is_cycle from hops
{%- endmacro %}

{# Pairs that interchange over any number of two-way relations: part_id, stands_in_part_id, a part itself among
   them. The recursion keeps pairs and not paths: `union` drops what was found, so that a circle ends. #}
{% macro stand_in_pairs(relation) -%}
    with recursive reached as (

        select part_id, stands_in_part_id
        from {{ relation }}
        where is_two_way

        union

        select reached.part_id, onward.stands_in_part_id
        from reached
        inner join {{ relation }} as onward on reached.stands_in_part_id = onward.part_id
        where onward.is_two_way

    )

    select part_id, stands_in_part_id from reached
{%- endmacro %}
