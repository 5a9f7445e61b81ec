-- Dealers' monthly accounts by department: what came in, what it cost, what is left to carry the house.

with

lines as (

    select
        outlet_id,
        statement_month,
        department,
        currency,
        sum(case when account_line = 'revenue' then amount_minor else 0 end) as revenue_minor,
        sum(case when account_line = 'cost_of_sales' then amount_minor else 0 end) as cost_minor,
        sum(case when account_line = 'expense' then amount_minor else 0 end) as expense_minor
    from {{ ref('stg_dealer_financial_statement') }}
    where statement_month <= {{ as_of_date() }}
    group by outlet_id, statement_month, department, currency

)

select
    lines.outlet_id,
    lines.statement_month,
    lines.department,
    lines.currency,
    cast(lines.revenue_minor as bigint) as revenue_minor,
    cast(lines.cost_minor as bigint) as cost_minor,
    cast(lines.revenue_minor - lines.cost_minor as bigint) as gross_minor,
    cast(lines.expense_minor as bigint) as expense_minor

from lines
inner join {{ ref('int_outlet_placed') }} as outlets on lines.outlet_id = outlets.outlet_id
