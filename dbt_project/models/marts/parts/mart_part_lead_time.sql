-- Lead times as they were observed, in up to seven equal groups of the sorted waits: a distribution, not a
-- mean. By part where there are enough receipts, and by outlet and supplier for all others.

with

grouped as (

    select
        outlet_id,
        supplier_outlet_code,
        part_id,
        lead_days,
        ntile(7) over (
            partition by outlet_id, supplier_outlet_code, part_id order by lead_days, parts_order_id, line_no
        ) as wait_no
    from {{ ref('int_part_receipt_waited') }}

    union all

    select
        outlet_id,
        supplier_outlet_code,
        null as part_id,
        lead_days,
        ntile(7) over (
            partition by outlet_id, supplier_outlet_code order by lead_days, parts_order_id, line_no
        ) as wait_no
    from {{ ref('int_part_receipt_waited') }}

),

waits as (

    select
        outlet_id,
        supplier_outlet_code,
        part_id,
        wait_no,
        avg(lead_days) as lead_days,
        cast(count(*) as bigint) as receipts
    from grouped
    group by outlet_id, supplier_outlet_code, part_id, wait_no

)

select
    waits.outlet_id,
    waits.supplier_outlet_code,
    waits.part_id,
    waits.wait_no,
    waits.lead_days,
    waits.receipts

from waits
inner join {{ ref('int_part_lead_time_observed') }} as observed
    on
        waits.outlet_id = observed.outlet_id
        and waits.supplier_outlet_code = observed.supplier_outlet_code
        and coalesce(waits.part_id, '') = coalesce(observed.part_id, '')
