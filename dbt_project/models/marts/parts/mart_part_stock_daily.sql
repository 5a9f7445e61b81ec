-- Stock of a part at the close of each day in the window. A day without change repeats the one before.

with

days as (

    {{ date_series(add_days(as_of_date(), 1 - var('part_stock_window_days')), as_of_date()) }}

),

reserved as (

    select outlet_id, part_id, reserved_units
    from {{ ref('int_part_reserved_found') }}

)

select
    balances.outlet_id,
    balances.part_id,
    days.calendar_date as stock_date,
    balances.on_hand,
    -- what is reserved is known for the as-of day only
    case when days.calendar_date = {{ as_of_date() }} then coalesce(reserved.reserved_units, 0) end as reserved,
    balances.on_order,
    balances.in_transit,
    balances.owed_by_supplier,
    cast(greatest(balances.on_hand, 0) * balances.unit_cost_minor as bigint) as value_minor,
    outlets.currency,
    case
        when balances.on_hand > 0 then cast(
            floor({{ days_between(
                'coalesce(balances.last_issue_date, balances.first_receipt_date)', 'days.calendar_date'
            ) }} / 30.0) as bigint
        )
    end as idle_months

from {{ ref('int_part_balance_changed') }} as balances
inner join days
    on
        balances.changed_date <= days.calendar_date
        and (balances.next_changed_date is null or days.calendar_date < balances.next_changed_date)
inner join {{ ref('int_outlet_placed') }} as outlets on balances.outlet_id = outlets.outlet_id
left join reserved on balances.outlet_id = reserved.outlet_id and balances.part_id = reserved.part_id
