-- Contacts of sales staff by person, week of the day they were due, reason and result: due, done in time and late, open
-- past their day, and how many of those long enough ago were followed by a drive, a quotation, an order.

with

contacts as (

    select
        *,
        due_date <= {{ as_of_date() }} as is_due,
        {{ add_days('due_date', '1 - ' ~ iso_weekday('due_date')) }} as due_week
    from {{ ref('int_sales_contact_followed') }}

)

select
    contacts.outlet_id,
    outlets.market,
    outlets.region_path,
    coalesce(contacts.staff_id, '') as staff_id,
    contacts.due_week,
    contacts.rule_code,
    coalesce(contacts.result, '') as result,
    count(*) as contacts,
    {{ count_where('contacts.is_due') }} as due_contacts,
    {{ count_where("contacts.state = 'done'") }} as done_contacts,
    {{ count_where('contacts.is_due and contacts.done_date <= contacts.due_date') }} as punctual_contacts,
    {{ count_where('contacts.done_date > contacts.due_date') }} as late_contacts,
    {{ count_where("contacts.state = 'open' and contacts.due_date < " ~ as_of_date()) }} as overdue_contacts,
    {{ count_where("contacts.state = 'skipped'") }} as skipped_contacts,
    {{ count_where('contacts.is_escalated') }} as escalated_contacts,
    {{ count_where('contacts.is_judged') }} as judged_contacts,
    {{ count_where('contacts.is_judged and contacts.has_driven') }} as driven_contacts,
    {{ count_where('contacts.is_judged and contacts.is_quoted') }} as quoted_contacts,
    {{ count_where('contacts.is_judged and contacts.has_ordered') }} as ordered_contacts

from contacts
inner join {{ ref('int_outlet_placed') }} as outlets on contacts.outlet_id = outlets.outlet_id
group by
    contacts.outlet_id,
    outlets.market,
    outlets.region_path,
    coalesce(contacts.staff_id, ''),
    contacts.due_week,
    contacts.rule_code,
    coalesce(contacts.result, '')
