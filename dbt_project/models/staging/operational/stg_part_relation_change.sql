select
    -- ids
    part_relation_id,
    part_id,
    successor_part_id,

    -- text
    state,
    action,
    actor,
    relation_type,
    direction,
    use_up,
    set_code,
    serial_from,
    serial_to,

    -- numbers
    version,
    preceding_quantity,
    succeeding_quantity,

    -- dates and times
    valid_from_date,
    valid_to_date,
    stop_order_date,
    used_up_date,
    effective_at,
    recorded_at

from {{ source('operational', 'part_relation') }}
