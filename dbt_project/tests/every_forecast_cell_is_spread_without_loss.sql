-- What a region set for a series and month is what its cells add up to, when it holds them all and
-- nothing acts after it.

with

alone as (

    select subject, item, forecast_month
    from {{ ref('int_forecast_override_held') }}
    group by subject, item, forecast_month
    having count(*) = 1

)

select
    overrides.forecast_override_id,
    overrides.value,
    sum(cells.mean) as spread

from {{ ref('int_forecast_override_held') }} as overrides
inner join alone
    on
        overrides.subject = alone.subject
        and overrides.item = alone.item
        and overrides.forecast_month = alone.forecast_month
inner join {{ ref('mart_forecast') }} as cells
    on
        overrides.subject = cells.subject
        and overrides.item = cells.item
        and overrides.forecast_month = cells.forecast_month
        and cells.step = 'final'
        and (
            cells.outlet_id = overrides.outlet_id
            or (overrides.outlet_id is null and {{ is_below('cells.region_path', 'overrides.region_path') }})
        )
where overrides.mode = 'set' and overrides.value >= 0
group by overrides.forecast_override_id, overrides.value
having abs(sum(cells.mean) - overrides.value) > 0.000001 * greatest(overrides.value, 1)
