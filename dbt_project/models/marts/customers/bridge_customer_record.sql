-- From a customer record to the record under which its outlet knows the golden customer: how a page finds him.

select
    members.outlet_id,
    members.golden_id,
    members.customer_id,
    here.customer_id as known_as_id

from {{ ref('map_customer_source') }} as members
inner join {{ ref('int_customer_here') }} as here
    on members.outlet_id = here.outlet_id and members.golden_id = here.golden_id
where members.is_current
