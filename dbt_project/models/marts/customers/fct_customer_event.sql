-- What a golden customer did at an outlet, oldest record first in line: the time line of a customer page.

select
    events.outlet_id,
    members.golden_id,
    here.customer_id as known_as_id,
    events.customer_id,
    events.event_date,
    events.event_kind,
    events.document_key,
    events.vin,
    events.currency,
    events.spend_minor,
    events.margin_minor

from {{ ref('int_customer_event') }} as events
inner join {{ ref('map_customer_source') }} as members
    on events.customer_id = members.customer_id and members.is_current
left join {{ ref('int_customer_here') }} as here
    on members.golden_id = here.golden_id and events.outlet_id = here.outlet_id
