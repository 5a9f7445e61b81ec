-- Parts that booked visits will need, with the day of the visit.

select
    lines.service_appointment_id,
    lines.outlet_id,
    lines.vin,
    lines.line.part_id as part_id,
    cast(lines.line.quantity as bigint) as quantity,
    {{ local_date('lines.slot_at', 'outlets.timezone') }} as slot_date

from (
    select
        service_appointment_id,
        outlet_id,
        vin,
        slot_at,
        {{ each_line('parts') }} as line
    from {{ ref('stg_service_appointment') }}
    where state in ('booked', 'confirmed')
) as lines
inner join {{ ref('int_outlet_placed') }} as outlets on lines.outlet_id = outlets.outlet_id
