-- What an outlet does, dated: a dealer sells, services and stores parts; an experience store sells; a service
-- provider services and stores parts; a warehouse supplies. A suspended or closed outlet has no role. Days that
-- meet are one period.

with

roles as (

    select 'dealer' as outlet_kind, 'sales' as role
    union all
    select 'dealer' as outlet_kind, 'service' as role
    union all
    select 'dealer' as outlet_kind, 'parts' as role
    union all
    select 'experience_store' as outlet_kind, 'sales' as role
    union all
    select 'service_provider' as outlet_kind, 'service' as role
    union all
    select 'service_provider' as outlet_kind, 'parts' as role
    union all
    select 'regional_warehouse' as outlet_kind, 'supply' as role
    union all
    select 'central_warehouse' as outlet_kind, 'supply' as role

),

held as (

    select
        dated.outlet_id,
        roles.role,
        dated.legal_entity_id,
        dated.valid_from_date,
        dated.valid_to_date,
        lag(dated.valid_to_date) over (
            partition by dated.outlet_id, roles.role, dated.legal_entity_id order by dated.valid_from_date
        ) as left_date
    from {{ ref('int_outlet_dated') }} as dated
    inner join roles on dated.outlet_kind = roles.outlet_kind
    where dated.state = 'operating'

),

numbered as (

    select
        *,
        sum(case when left_date = valid_from_date then 0 else 1 end) over (
            partition by outlet_id, role, legal_entity_id order by valid_from_date
        ) as period_no
    from held

)

select
    outlet_id,
    role,
    min(valid_from_date) as valid_from_date,
    legal_entity_id,
    case when count(valid_to_date) = count(*) then max(valid_to_date) end as valid_to_date,
    count(valid_to_date) < count(*) as is_current

from numbered
group by outlet_id, role, legal_entity_id, period_no
