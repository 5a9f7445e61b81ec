-- When a car of a slot is there to sell: built in the middle of its month, then on its way to the market.

select
    plant,
    series,
    build_month,
    {{ month_of(add_days('build_month', 'cast(transit_days as integer) + 14')) }} as arrival_month,
    capacity_units,
    scheduled_units,
    transit_days

from {{ ref('stg_production_slot') }}
