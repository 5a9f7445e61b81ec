-- The next order day of an outlet and the one after it. The as-of day itself counts: its cut-off may still
-- lie ahead. With one day in the week the next one is a week later.

with

slots as (

    select
        outlet_id,
        {{ each_line('slots') }} as slot
    from {{ ref('int_order_terms_dated') }}

),

ahead as (

    select
        outlet_id,
        cast(slot.cut_off_minute as bigint) as cut_off_minute,
        cast((
            case slot.weekday
                when 'monday' then 1
                when 'tuesday' then 2
                when 'wednesday' then 3
                when 'thursday' then 4
                when 'friday' then 5
                when 'saturday' then 6
                else 7
            end - {{ iso_weekday(as_of_date()) }} + 7
        ) % 7 as bigint) as days_ahead
    from slots

),

ranked as (

    select
        *,
        row_number() over (partition by outlet_id order by days_ahead) as slot_no
    from (
        -- a day named twice is one order day, with its later cut-off
        select outlet_id, days_ahead, max(cut_off_minute) as cut_off_minute
        from ahead
        group by outlet_id, days_ahead
    ) as days

)

select
    first_slot.outlet_id,
    first_slot.days_ahead as order_wait_days,
    {{ add_days(as_of_date(), 'cast(first_slot.days_ahead as integer)') }} as next_order_date,
    first_slot.cut_off_minute,
    coalesce(second_slot.days_ahead, first_slot.days_ahead + 7) - first_slot.days_ahead as cycle_days,
    {{ add_days(
        as_of_date(), 'cast(coalesce(second_slot.days_ahead, first_slot.days_ahead + 7) as integer)'
    ) }} as following_order_date,
    coalesce(second_slot.cut_off_minute, first_slot.cut_off_minute) as following_cut_off_minute

from ranked as first_slot
left join ranked as second_slot
    on first_slot.outlet_id = second_slot.outlet_id and second_slot.slot_no = 2
where first_slot.slot_no = 1
