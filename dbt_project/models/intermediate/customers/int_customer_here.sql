-- Under which of its own records an outlet knows a golden customer: the one it wrote down first.

select
    outlet_id,
    golden_id,
    customer_id,
    records

from (
    select
        members.outlet_id,
        members.golden_id,
        members.customer_id,
        count(*) over (partition by members.outlet_id, members.golden_id) as records,
        row_number() over (
            partition by members.outlet_id, members.golden_id
            order by customers.recorded_at, members.customer_id
        ) as place
    from {{ ref('map_customer_source') }} as members
    inner join {{ ref('stg_customer_record') }} as customers on members.customer_id = customers.customer_id
    where members.is_current
) as ranked
where place = 1
