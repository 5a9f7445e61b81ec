select
    -- ids
    staff_id,

    -- numbers
    cast(attended_hours as double) as attended_hours,

    -- dates and times
    attendance_date,
    loaded_at

from {{ latest_loaded(source('feeds', 'hr_attendance'), ['staff_id', 'attendance_date']) }}
