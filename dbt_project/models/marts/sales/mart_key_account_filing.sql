-- Projects of key accounts as filed, by series, and what was delivered under them. A car handed over to the account by
-- the outlet that filed counts under the latest filing of its series made by that day, but for those rejected or lost;
-- cars beyond what was filed count nowhere else. Still open is what a filing in force, or a won one, has not delivered.

with

filings as (

    select
        filings.key_account_filing_id,
        filings.outlet_id,
        outlets.market,
        outlets.region_path,
        filings.customer_id,
        filings.project,
        filings.account_grade,
        filings.state,
        filings.discount_percent,
        filings.reason,
        filings.filed_date,
        filings.decision_date,
        filings.valid_to_date,
        outlets.timezone,
        filings.lines
    from {{ ref('stg_key_account_filing') }} as filings
    inner join {{ ref('int_outlet_placed') }} as outlets on filings.outlet_id = outlets.outlet_id
    where filings.filed_date <= {{ as_of_date() }}

),

answered as (

    select
        changes.key_account_filing_id,
        min({{ local_date('changes.effective_at', 'filings.timezone') }}) as answered_date
    from {{ ref('stg_key_account_filing_change') }} as changes
    inner join filings on changes.key_account_filing_id = filings.key_account_filing_id
    where changes.action in ('confirm', 'reject')
    group by changes.key_account_filing_id

),

wanted as (

    select key_account_filing_id, {{ each_line('lines') }} as line
    from filings

),

lines as (

    select key_account_filing_id, wanted.line.series as series, {{ total('wanted.line.quantity') }} as filed_units
    from wanted
    group by key_account_filing_id, wanted.line.series

),

delivered as (

    select
        deliveries.retail_delivery_id,
        lines.key_account_filing_id,
        lines.series,
        deliveries.delivered_date,
        row_number() over (
            partition by deliveries.retail_delivery_id
            order by filings.filed_date desc, filings.key_account_filing_id desc
        ) as choice
    from {{ ref('int_retail_delivery_counted') }} as deliveries
    inner join filings
        on
            deliveries.outlet_id = filings.outlet_id
            and deliveries.customer_id = filings.customer_id
            and filings.filed_date <= deliveries.delivered_date
    inner join lines
        on filings.key_account_filing_id = lines.key_account_filing_id and deliveries.series = lines.series
    where deliveries.sales_channel = 'key_account' and filings.state not in ('rejected', 'lost')

),

counted as (

    select key_account_filing_id, series, count(*) as delivered_units, max(delivered_date) as last_delivered_date
    from delivered
    where choice = 1
    group by key_account_filing_id, series

),

placed as (

    select
        filings.*,
        answered.answered_date,
        case
            when filings.state = 'confirmed' and filings.valid_to_date < {{ as_of_date() }} then 'run_out'
            when
                filings.state = 'confirmed'
                and {{ days_between(as_of_date(), 'filings.valid_to_date') }} <= {{ var('filing_expiring_days') }}
                then 'expiring'
            else filings.state
        end as standing
    from filings
    left join answered on filings.key_account_filing_id = answered.key_account_filing_id

)

select
    placed.key_account_filing_id,
    placed.outlet_id,
    placed.market,
    placed.region_path,
    placed.customer_id,
    placed.project,
    placed.account_grade,
    placed.state,
    placed.standing,
    cast(placed.discount_percent as double) as discount_percent,
    placed.reason,
    placed.filed_date,
    placed.answered_date,
    placed.decision_date,
    placed.valid_to_date,
    -- a filing that was answered waited until then; one that was not waits until today
    cast(
        {{ days_between('placed.filed_date', 'coalesce(placed.answered_date, ' ~ as_of_date() ~ ')') }} as bigint
    ) as days_waited,
    lines.series,
    lines.filed_units,
    coalesce(counted.delivered_units, 0) as delivered_units,
    case
        when placed.standing in ('confirmed', 'expiring', 'won')
            then greatest(lines.filed_units - coalesce(counted.delivered_units, 0), 0)
        else 0
    end as open_units,
    counted.last_delivered_date

from placed
inner join lines on placed.key_account_filing_id = lines.key_account_filing_id
left join counted
    on lines.key_account_filing_id = counted.key_account_filing_id and lines.series = counted.series
