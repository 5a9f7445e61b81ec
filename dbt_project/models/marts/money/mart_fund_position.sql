-- What an outlet had, by account and day: cash, what is held for orders, credit, and what that leaves to use.
-- Every day since the first posting is a row, because a balance lasts until the next one.

with

legs as (

    select
        entries.fund_account_id,
        {{ local_date('entries.effective_at', 'outlets.timezone') }} as posted_date,
        entries.amount_minor,
        case
            when entries.kind in ('receipt', 'draw', 'release', 'credit', 'rebate', 'interest', 'transfer_in') then 1
            when entries.kind = 'debit' then 0
            else -1
        end as cash_sign,
        case
            when entries.kind = 'hold' then 1
            when entries.kind in ('release', 'debit') then -1
            else 0
        end as held_sign,
        entries.kind
    from {{ ref('stg_fund_entry') }} as entries
    inner join {{ ref('int_outlet_placed') }} as outlets on entries.outlet_id = outlets.outlet_id

),

moved as (

    select
        fund_account_id,
        posted_date,
        sum(amount_minor * cash_sign) as cash_change,
        sum(amount_minor * held_sign) as held_change,
        sum(case when kind in ('receipt', 'draw') then amount_minor else 0 end) as paid_in_minor,
        sum(case when kind = 'debit' then amount_minor else 0 end) as spent_minor
    from legs
    where posted_date <= {{ as_of_date() }}
    group by fund_account_id, posted_date

),

first_days as (

    select fund_account_id, min(posted_date) as first_date
    from moved
    group by fund_account_id

),

first_day as (

    select coalesce(min(first_date), {{ as_of_date() }}) as first_date
    from first_days

),

calendar as (

    select days.calendar_date
    from {{ ref('dim_date') }} as days
    cross join first_day
    where days.calendar_date between first_day.first_date and {{ as_of_date() }}

),

limits as (

    select
        calendar.calendar_date,
        lines.fund_account_id,
        sum(lines.limit_minor) as credit_minor
    from {{ ref('stg_credit_line') }} as lines
    inner join calendar
        on
            calendar.calendar_date >= lines.valid_from_date
            and (lines.valid_to_date is null or calendar.calendar_date <= lines.valid_to_date)
    where lines.state = 'active'
    group by calendar.calendar_date, lines.fund_account_id

),

balances as (

    select
        accounts.fund_account_id,
        accounts.outlet_id,
        accounts.fund_type,
        accounts.earmark,
        accounts.currency,
        calendar.calendar_date as position_date,
        coalesce(limits.credit_minor, 0) as credit_minor,
        coalesce(moved.paid_in_minor, 0) as paid_in_minor,
        coalesce(moved.spent_minor, 0) as spent_minor,
        sum(coalesce(moved.cash_change, 0)) over (
            partition by accounts.fund_account_id order by calendar.calendar_date
        ) as cash_minor,
        sum(coalesce(moved.held_change, 0)) over (
            partition by accounts.fund_account_id order by calendar.calendar_date
        ) as held_minor
    from {{ ref('stg_fund_account') }} as accounts
    inner join first_days on accounts.fund_account_id = first_days.fund_account_id
    inner join calendar on first_days.first_date <= calendar.calendar_date
    left join moved
        on
            accounts.fund_account_id = moved.fund_account_id
            and calendar.calendar_date = moved.posted_date
    left join limits
        on
            accounts.fund_account_id = limits.fund_account_id
            and calendar.calendar_date = limits.calendar_date

)

select
    fund_account_id,
    outlet_id,
    fund_type,
    earmark,
    currency,
    position_date,
    {{ month_of('position_date') }} as position_month,
    cast(cash_minor as bigint) as cash_minor,
    cast(held_minor as bigint) as held_minor,
    cast(credit_minor as bigint) as credit_minor,
    cast(cash_minor + credit_minor as bigint) as usable_minor,
    cast(greatest(-cash_minor, 0) as bigint) as credit_used_minor,
    cast(paid_in_minor as bigint) as paid_in_minor,
    cast(spent_minor as bigint) as spent_minor,
    position_date = {{ as_of_date() }} as is_latest

from balances
