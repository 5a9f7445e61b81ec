-- How soon and how fully outlets write down what happened: leads, visits and repair orders by the
-- month in which they happened. On time is within 24 hours of the event. What came more than 31 days
-- after is history brought in, not a late entry, and is not judged for time.

with

opened as (

    select outlet_id, 'lead' as document, arrived_at as happened_at, recorded_at,
        (case when series is not null then 1 else 0 end) + (case when level is not null then 1 else 0 end)
        + (case when customer_id is not null then 1 else 0 end) as filled_fields, 3 as wanted_fields
    from {{ ref('stg_lead_change') }}
    where version = 1

    union all

    select outlet_id, 'repair_order' as document, opened_at, recorded_at,
        (case when customer_id is not null then 1 else 0 end) + (case when promised_at is not null then 1 else 0 end)
        + (case when staff_id is not null then 1 else 0 end) as filled_fields, 3 as wanted_fields
    from {{ ref('stg_repair_order_change') }}
    where version = 1

    union all

    select outlet_id, 'traffic_visit' as document, arrived_at, recorded_at,
        (case when staff_id is not null then 1 else 0 end) + (case when left_at is not null then 1 else 0 end)
            as filled_fields, 2 as wanted_fields
    from {{ ref('stg_traffic_visit') }}

),

dated as (

    select
        opened.*,
        {{ month_of(local_date('opened.happened_at', 'outlets.timezone')) }} as happened_month,
        {{ minutes_between('opened.happened_at', 'opened.recorded_at') }} as lag_minutes
    from opened
    inner join {{ ref('int_outlet_placed') }} as outlets on opened.outlet_id = outlets.outlet_id
    where {{ local_date('opened.happened_at', 'outlets.timezone') }} <= {{ as_of_date() }}

)

select
    outlet_id,
    document,
    happened_month,
    cast(count(*) as bigint) as documents,
    {{ count_where('lag_minutes > 44640') }} as imported_documents,
    {{ count_where('lag_minutes <= 1440') }} as timely_documents,
    {{ total('filled_fields') }} as filled_fields,
    {{ total('wanted_fields') }} as wanted_fields,
    {{ ratio(count_where('lag_minutes <= 1440'), count_where('lag_minutes <= 44640')) }} as timely_share,
    {{ ratio('sum(filled_fields)', 'sum(wanted_fields)') }} as filled_share

from dated
group by outlet_id, document, happened_month
