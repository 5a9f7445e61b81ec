-- Every policy that is in force on some day: the seed as the network's own terms, and above it what a
-- planner proposed and another one approved. The more exactly a row fits, the more it counts.

select
    cast(null as varchar) as outlet_id,
    cast(null as varchar) as region_path,
    abc_class,
    criticality,
    cast(null as varchar) as frequency,
    service_level,
    phase_in_months,
    valid_from_date,
    0 as fits,
    'seed' as policy_id
from {{ ref('service_level_policy') }}

union all

select
    outlet_code as outlet_id,
    region_path,
    abc_class,
    criticality,
    frequency,
    fill_permille / 1000.0 as service_level,
    phase_in_months,
    valid_from_date,
    case
        when outlet_code is not null then 5
        when region_path is not null then 3
        else 1
    end + case when frequency is null then 0 else 1 end as fits,
    replenishment_policy_id as policy_id
from {{ ref('stg_replenishment_policy') }}
where state = 'approved'
