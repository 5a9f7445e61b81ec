-- Days from order to receipt as they were, by part where there are enough receipts, else by
-- outlet and supplier.

select
    outlet_id,
    supplier_outlet_code,
    part_id,
    cast(count(*) as bigint) as receipts,
    avg(lead_days) as lead_time_days,
    stddev_samp(lead_days) as lead_time_sd_days
from {{ ref('int_part_receipt_waited') }}
group by outlet_id, supplier_outlet_code, part_id
having count(*) >= {{ var('lead_time_least_receipts') }}

union all

select
    outlet_id,
    supplier_outlet_code,
    null as part_id,
    cast(count(*) as bigint) as receipts,
    avg(lead_days) as lead_time_days,
    stddev_samp(lead_days) as lead_time_sd_days
from {{ ref('int_part_receipt_waited') }}
group by outlet_id, supplier_outlet_code
having count(*) >= {{ var('lead_time_least_receipts') }}
