-- Which plant builds what, in which month, and when it is there to sell: slots whose cars are still to come.

select
    plant,
    series,
    build_month,
    arrival_month as plan_month,
    cast(capacity_units as bigint) as capacity_units,
    cast(scheduled_units as bigint) as scheduled_units,
    cast(transit_days as bigint) as transit_days

from {{ ref('int_production_slot_dated') }}
where arrival_month > {{ running_month() }}
