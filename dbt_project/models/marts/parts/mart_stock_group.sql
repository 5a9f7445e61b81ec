-- Outlets that share one stock, and where it is ordered; a group that holds groups alone has no outlet.

with

active as (

    select *
    from {{ ref('stg_stock_group') }}
    where
        state = 'active'
        and effective_from_date <= {{ as_of_date() }}
        and (effective_to_date is null or effective_to_date >= {{ as_of_date() }})

),

members as (

    select stock_group_id, {{ each_line('members') }} as member
    from active

)

select
    active.stock_group_id,
    active.name as group_name,
    active.parent_group_id,
    active.ordering_outlet_code as ordering_outlet_id,
    members.member.outlet_code as outlet_id

from active
left join members on active.stock_group_id = members.stock_group_id
