select 'fct_part_demand' as mart, count(*) as facts
from {{ ref('fct_part_demand') }}
where demand_date > {{ as_of_date() }}
having count(*) > 0

union all

select 'fct_lead_stage' as mart, count(*) as facts
from {{ ref('fct_lead_stage') }}
where entered_date > {{ as_of_date() }}
having count(*) > 0

union all

select 'mart_service_kpi' as mart, count(*) as facts
from {{ ref('mart_service_kpi') }}
where service_date > {{ as_of_date() }}
having count(*) > 0
