select
    vin,
    wmi,
    wmi_country,
    maker,
    small_maker,
    check_regime,
    check_state,
    plant_code,
    serial,
    model_year

from {{ source('engine', 'vehicle_decode') }}
