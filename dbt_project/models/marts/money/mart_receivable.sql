-- What outlets owe the maker by invoice, as the maker's ERP told it last; a credit note counts against it.

select
    invoices.invoice_no,
    invoices.outlet_id,
    invoices.purpose,
    invoices.reference,
    invoices.currency,
    invoices.invoice_date,
    invoices.due_date,
    {{ month_of('invoices.due_date') }} as due_month,
    case when invoices.invoice_kind = 'credit_note' then -invoices.amount_minor else invoices.amount_minor end
        as amount_minor,
    case when invoices.invoice_kind = 'credit_note' then -invoices.open_minor else invoices.open_minor end
        as open_minor,
    case
        when invoices.due_date < {{ as_of_date() }} and invoices.invoice_kind = 'invoice' then invoices.open_minor
        else 0
    end as overdue_minor,
    -- only what was due by now can have been paid late
    case
        when invoices.due_date < {{ as_of_date() }} and invoices.invoice_kind = 'invoice' then invoices.amount_minor
        else 0
    end as fallen_due_minor,
    case
        when invoices.due_date < {{ as_of_date() }} and invoices.open_minor > 0 and invoices.invoice_kind = 'invoice'
            then {{ days_between('invoices.due_date', as_of_date()) }}
    end as overdue_days

from {{ ref('stg_erp_invoice') }} as invoices
inner join {{ ref('int_outlet_placed') }} as outlets on invoices.outlet_id = outlets.outlet_id
where invoices.invoice_date <= {{ as_of_date() }}
