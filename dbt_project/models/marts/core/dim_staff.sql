-- Names stand beside the feed and may have been erased; the person's work stays.

select
    staff.staff_id,
    staff.outlet_id,
    names.given_name,
    names.family_name,
    names.phone,
    names.email,
    staff.position,
    staff.state,
    staff.hired_date,
    staff.left_date,
    staff.hired_date <= {{ as_of_date() }}
    and (staff.left_date is null or staff.left_date >= {{ as_of_date() }}) as is_employed

from {{ ref('stg_staff') }} as staff
left join {{ ref('stg_staff_personal') }} as names on staff.staff_id = names.staff_id
