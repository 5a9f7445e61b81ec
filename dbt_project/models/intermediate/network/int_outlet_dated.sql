-- Where an outlet stood from which day to which: legal entity, kind, region, state; half open. Of the changes of one
-- day the last one counts; one that came in late takes its place by the day it was true.

with

changes as (

    select
        changed.outlet_code as outlet_id,
        changed.name,
        changed.legal_entity,
        changed.outlet_kind,
        changed.market,
        changed.region_path,
        changed.successor_outlet_code,
        changed.state,
        changed.version,
        coalesce(changed.tax_id, {{ compact('changed.legal_entity') }}) as legal_entity_id,
        case
            when changed.version = 1 then changed.opened_date
            else {{ local_date('changed.effective_at', 'changed.timezone') }}
        end as changed_date
    from {{ ref('stg_outlet_change') }} as changed

),

last_of_day as (

    select *
    from (
        select
            *,
            row_number() over (partition by outlet_id, changed_date order by version desc) as from_last
        from changes
        where changed_date <= {{ as_of_date() }}
    ) as ranked
    where from_last = 1

)

select
    outlet_id,
    name,
    legal_entity,
    legal_entity_id,
    outlet_kind,
    market,
    region_path,
    successor_outlet_code as successor_outlet_id,
    state,
    changed_date as valid_from_date,
    lead(changed_date) over (partition by outlet_id order by changed_date) as valid_to_date

from last_of_day
