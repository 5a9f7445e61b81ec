-- How soon, how fully and how truly each person writes down leads and repair orders, by the month in which they
-- happened. Taken from the change feed: who opened a document wrote it down. Corrected is what was amended within
-- 31 days; in doubt is an odometer out of line, or a lead that turned out invalid or double.

with

written as (

    select
        'lead' as document, lead_id as document_key, outlet_id, actor as written_by,
        arrived_at as happened_at, recorded_at,
        (case when series is not null then 1 else 0 end) + (case when customer_id is not null then 1 else 0 end)
            as filled_fields,
        2 as wanted_fields
    from {{ ref('stg_lead_change') }}
    where version = 1

    union all

    select
        'repair_order' as document, repair_order_id as document_key, outlet_id, actor as written_by,
        opened_at as happened_at, recorded_at,
        (case when customer_id is not null then 1 else 0 end) + (case when promised_at is not null then 1 else 0 end)
        + (case when staff_id is not null then 1 else 0 end) as filled_fields,
        3 as wanted_fields
    from {{ ref('stg_repair_order_change') }}
    where version = 1

),

amended as (

    select 'lead' as document, lead_id as document_key, min(effective_at) as amended_at
    from {{ ref('stg_lead_change') }}
    where action = 'amend'
    group by lead_id

    union all

    select 'repair_order' as document, repair_order_id as document_key, min(effective_at) as amended_at
    from {{ ref('stg_repair_order_change') }}
    where action = 'amend'
    group by repair_order_id

),

doubted as (

    select 'lead' as document, lead_id as document_key
    from {{ ref('stg_lead') }}
    where state in ('invalid', 'duplicate')

    union all

    select source as document, source_key as document_key
    from {{ ref('fct_odometer_reading') }}
    where source = 'repair_order' and finding <> 'sound'

),

judged as (

    select
        written.document,
        written.outlet_id,
        written.written_by,
        written.filled_fields,
        written.wanted_fields,
        {{ local_date('written.happened_at', 'outlets.timezone') }} as happened_date,
        {{ minutes_between('written.happened_at', 'written.recorded_at') }} as lag_minutes,
        coalesce({{ minutes_between('written.happened_at', 'amended.amended_at') }} <= 44640, false) as is_corrected,
        doubted.document_key is not null as is_doubted
    from written
    inner join {{ ref('int_outlet_placed') }} as outlets on written.outlet_id = outlets.outlet_id
    left join amended
        on written.document = amended.document and written.document_key = amended.document_key
    left join doubted
        on written.document = doubted.document and written.document_key = doubted.document_key

)

select
    outlet_id,
    written_by,
    document,
    {{ month_of('happened_date') }} as happened_month,
    cast(count(*) as bigint) as documents,
    {{ count_where('lag_minutes > 44640') }} as imported_documents,
    {{ count_where('lag_minutes <= 1440') }} as timely_documents,
    {{ total('filled_fields') }} as filled_fields,
    {{ total('wanted_fields') }} as wanted_fields,
    {{ count_where('is_corrected') }} as corrected_documents,
    {{ count_where('is_doubted') }} as doubted_documents,
    {{ count_where('not is_corrected and not is_doubted') }} as accurate_documents,
    {{ ratio(count_where('lag_minutes <= 1440'), count_where('lag_minutes <= 44640')) }} as timely_share,
    {{ ratio('sum(filled_fields)', 'sum(wanted_fields)') }} as filled_share,
    {{ ratio(count_where('not is_corrected and not is_doubted'), 'count(*)') }} as accurate_share

from judged
where happened_date <= {{ as_of_date() }}
group by outlet_id, written_by, document, {{ month_of('happened_date') }}
