-- When an outlet may order next, what money is left for it, what freight costs and what may go back.
-- The budget is the month's; what was ordered for stock since its first day is spent, whatever became of it.

with

ordered as (

    select
        lines.outlet_id,
        {{ total('lines.quantity * lines.unit_price_minor') }} as ordered_minor
    from {{ ref('int_parts_order_line_exploded') }} as lines
    inner join {{ ref('int_order_terms_dated') }} as terms
        on lines.outlet_id = terms.outlet_id and lines.currency = terms.currency
    where lines.order_type = 'stock' and lines.ordered_date >= {{ running_month() }}
    group by lines.outlet_id

),

bought as (

    select
        lines.outlet_id,
        {{ total('lines.quantity * lines.unit_price_minor') }} as bought_minor
    from {{ ref('int_parts_order_line_exploded') }} as lines
    inner join {{ ref('int_order_terms_dated') }} as terms
        on lines.outlet_id = terms.outlet_id and lines.currency = terms.currency
    where lines.ordered_date >= {{ add_months(as_of_date(), -12) }}
    group by lines.outlet_id

),

returned_lines as (

    select outlet_id, currency, {{ each_line('lines') }} as line
    from {{ ref('stg_parts_return') }}
    where
        state not in ('rejected')
        and reason = 'surplus'
        and requested_date between {{ add_months(as_of_date(), -12) }} and {{ as_of_date() }}

),

returned as (

    select
        lines.outlet_id,
        {{ total('lines.line.quantity * lines.line.unit_price_minor') }} as returned_minor
    from returned_lines as lines
    inner join {{ ref('int_order_terms_dated') }} as terms
        on lines.outlet_id = terms.outlet_id and lines.currency = terms.currency
    group by lines.outlet_id

)

select
    terms.outlet_id,
    terms.order_terms_id,
    terms.supplier_outlet_code,
    terms.timezone,
    terms.currency,
    slots.next_order_date,
    slots.cut_off_minute,
    slots.following_order_date,
    slots.following_cut_off_minute,
    coalesce(slots.order_wait_days, 0) as order_wait_days,
    slots.cycle_days,
    terms.urgent_freight_minor,
    terms.urgent_lead_time_days,
    terms.waiting_cost_minor,
    terms.minimum_order_minor,
    terms.budget_minor,
    coalesce(ordered.ordered_minor, 0) as ordered_minor,
    greatest(terms.budget_minor - coalesce(ordered.ordered_minor, 0), 0) as budget_left_minor,
    terms.transfer_freight_minor,
    terms.transfer_days,
    terms.return_allowance_permille,
    terms.protection_days,
    coalesce(bought.bought_minor, 0) as bought_minor,
    coalesce(returned.returned_minor, 0) as returned_minor

from {{ ref('int_order_terms_dated') }} as terms
left join {{ ref('int_order_slot_found') }} as slots on terms.outlet_id = slots.outlet_id
left join ordered on terms.outlet_id = ordered.outlet_id
left join bought on terms.outlet_id = bought.outlet_id
left join returned on terms.outlet_id = returned.outlet_id
