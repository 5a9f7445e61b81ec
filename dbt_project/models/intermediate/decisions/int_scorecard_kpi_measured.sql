-- The measures behind the scorecard, one row per outlet, month and KPI, as parts of a ratio, so that
-- months can be judged together. `n` is how many cases stand behind it.

with

months as (

    {{ date_series(add_months(running_month(), -36), add_months(running_month(), -1), 'month') }}

),

funnel as (

    select outlet_id, cohort_month as score_month,
        sum(leads) as leads, sum(contacted_in_24h_leads) as contacted_in_24h_leads,
        sum(deliveries) as deliveries, sum(visits) as visits, sum(cards) as cards
    from {{ ref('mart_lead_funnel') }}
    group by outlet_id, cohort_month

),

service as (

    select outlet_id, {{ month_of('service_date') }} as score_month,
        sum(promised_orders) as promised_orders, sum(promise_kept_orders) as promise_kept_orders,
        sum(judged_orders) as judged_orders, sum(right_first_time_orders) as right_first_time_orders
    from {{ ref('mart_service_kpi') }}
    group by outlet_id, {{ month_of('service_date') }}

),

crew as (

    select
        staff.outlet_id,
        months.calendar_date as score_month,
        {{ count_where(
            "staff.position = 'consultant' and (staff.left_date is null or staff.left_date >= months.calendar_date)"
        ) }} as consultants,
        count(*) as staff_in_year,
        {{ count_where(
            'staff.left_date is null or staff.left_date >= ' ~ add_months('months.calendar_date', 1)
        ) }} as staff_stayed
    from {{ ref('stg_staff') }} as staff
    inner join months
        on
            staff.hired_date < {{ add_months('months.calendar_date', 1) }}
            and (staff.left_date is null or staff.left_date >= {{ add_months('months.calendar_date', -11) }})
    group by staff.outlet_id, months.calendar_date

),

sold as (

    select outlet_id, delivered_month as score_month, count(*) as deliveries
    from {{ ref('int_retail_delivery_counted') }}
    group by outlet_id, delivered_month

),

measured as (

    select outlet_id, score_month, 'lead_contacted_24h_share' as kpi,
        contacted_in_24h_leads as numerator, leads as denominator, leads as n
    from funnel

    union all

    -- a young cohort still converts; judging it now would punish the outlet that just got leads
    select outlet_id, score_month, 'lead_conversion', deliveries, leads as denominator, leads as n
    from funnel
    where {{ add_days(add_months('score_month', 1), var('lead_maturity_days')) }} <= {{ as_of_date() }}

    union all

    select outlet_id, score_month, 'record_capture_rate', cards, visits as denominator, visits as n
    from funnel

    union all

    select outlet_id, sales_month, 'retail_attainment', sum(retail_units), sum(retail_target), count(*)
    from {{ ref('mart_sales_attainment') }}
    where retail_target is not null and is_complete_month
    group by outlet_id, sales_month

    union all

    select outlet_id, {{ month_of('stock_date') }}, 'aged_stock_share', sum(aged_units), sum(units), sum(units)
    from {{ ref('mart_stock_structure') }}
    where {{ month_of(add_days('stock_date', 1)) }} > {{ month_of('stock_date') }}
    group by outlet_id, {{ month_of('stock_date') }}

    union all

    select outlet_id, score_month, 'promise_kept_rate', promise_kept_orders, promised_orders as denominator,
        promised_orders as n
    from service

    union all

    select outlet_id, score_month, 'right_first_time_rate', right_first_time_orders, judged_orders as denominator,
        judged_orders as n
    from service

    union all

    select outlet_id, demand_month, 'piece_fill_rate', sum(filled_units), sum(answered_units), sum(answered_lines)
    from {{ ref('mart_fill_rate') }}
    group by outlet_id, demand_month

    union all

    select crew.outlet_id, crew.score_month, 'deliveries_per_consultant',
        coalesce(sold.deliveries, 0), crew.consultants as denominator, crew.consultants as n
    from crew
    left join sold on crew.outlet_id = sold.outlet_id and crew.score_month = sold.score_month

    union all

    select outlet_id, score_month, 'staff_retention', staff_stayed, staff_in_year as denominator, staff_in_year as n
    from crew

    union all

    select outlet_id, {{ month_of('decided_date') }}, 'claim_granted_share',
        sum(coalesce(approved_minor, 0)), sum(asked_minor), count(*)
    from {{ ref('mart_claim') }}
    where is_decided and decided_date is not null
    group by outlet_id, {{ month_of('decided_date') }}

    union all

    -- one currency an outlet; a day is a case
    select outlet_id, position_month, 'credit_use_share', sum(credit_used_minor), sum(credit_minor), count(*)
    from {{ ref('mart_fund_position') }}
    where credit_minor > 0
    group by outlet_id, position_month

    union all

    select outlet_id, due_month, 'overdue_share', sum(overdue_minor), sum(fallen_due_minor), count(*)
    from {{ ref('mart_receivable') }}
    where fallen_due_minor > 0
    group by outlet_id, due_month

)

select
    measured.outlet_id,
    measured.score_month,
    measured.kpi,
    cast(measured.numerator as double) as numerator,
    cast(measured.denominator as double) as denominator,
    cast(measured.n as bigint) as n

from measured
inner join months on measured.score_month = months.calendar_date
