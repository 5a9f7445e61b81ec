-- Units the warehouse owes: how old, how late, and whether a successor could serve instead.

select
    owed.backorder_line_id,
    owed.outlet_id,
    owed.parts_order_id,
    owed.line_no,
    owed.part_id,
    parts.description,
    parts.criticality,
    owed.state,
    owed.quantity,
    owed.owed_since_date,
    owed.eta_date,
    owed.closed_date,
    owed.closed_date is null as is_open,
    {{ days_between('owed.owed_since_date', 'coalesce(owed.closed_date, ' ~ as_of_date() ~ ')') }} as age_days,
    greatest({{ days_between('owed.eta_date', 'coalesce(owed.closed_date, ' ~ as_of_date() ~ ')') }}, 0)
        as late_days,
    case when owed.state = 'filled' then owed.closed_date <= owed.eta_date end as is_eta_kept,
    case when chains.hops > 0 then chains.current_part_id end as successor_part_id,
    case when chains.hops > 0 then coalesce(positions.on_hand, 0) end as successor_on_hand

from (
    select
        lines.*,
        case
            when lines.state in ('filled', 'cancelled')
                then greatest({{ local_date('lines.effective_at', 'outlets.timezone') }}, lines.owed_since_date)
        end as closed_date
    from {{ ref('stg_backorder_line') }} as lines
    inner join {{ ref('int_outlet_placed') }} as outlets on lines.outlet_id = outlets.outlet_id
) as owed
inner join {{ ref('stg_part') }} as parts on owed.part_id = parts.part_id
inner join {{ ref('int_part_chain_resolved') }} as chains on owed.part_id = chains.part_id
left join {{ ref('int_part_position_summed') }} as positions
    on owed.outlet_id = positions.outlet_id and chains.current_part_id = positions.part_id
where owed.owed_since_date <= {{ as_of_date() }}
