-- What is there, what comes, what is owed. Every part that may still be ordered or sold down, at every
-- outlet that asked for it, holds it or ordered it.

select
    positions.outlet_id,
    positions.part_id,
    positions.on_hand,
    positions.reserved,
    positions.on_order,
    positions.in_transit,
    positions.backordered,
    positions.predecessor_on_hand,
    positions.booked_units,
    positions.next_eta_date,
    positions.last_demand_date

from {{ ref('int_part_position_summed') }} as positions
inner join {{ ref('stg_part') }} as parts on positions.part_id = parts.part_id
where parts.state in ('active', 'run_out')
