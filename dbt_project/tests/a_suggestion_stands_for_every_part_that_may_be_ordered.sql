-- A part without a verdict would silently never be reordered.

select positions.outlet_id, positions.part_id

from {{ ref('mart_part_position') }} as positions
left join {{ ref('mart_replenishment_suggestion') }} as suggestions
    on positions.outlet_id = suggestions.outlet_id and positions.part_id = suggestions.part_id
where suggestions.suggestion_id is null
