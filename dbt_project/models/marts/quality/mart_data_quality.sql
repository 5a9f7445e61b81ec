-- What senders sent and what was fit for use. Rows of the quarantine that came by the feed, not in a
-- file, count under the sender and the day of their rejection.

with

loads as (

    select
        sender,
        contract,
        cast(loaded_at as date) as loaded_date,
        count(*) as files,
        {{ total('received_rows') }} as received_rows,
        {{ total('accepted_rows') }} as accepted_rows,
        {{ total('rejected_rows') }} as rejected_rows,
        {{ total('duplicate_rows') }} as duplicate_rows,
        {{ total_or_zero('skipped_rows') }} as skipped_rows
    from {{ ref('stg_file_load') }}
    where cast(loaded_at as date) <= {{ as_of_date() }}
    group by sender, contract, cast(loaded_at as date)

),

broken as (

    select
        sender,
        contract,
        cast(rejected_at as date) as loaded_date,
        count(*) as broken_rules,
        {{ count_where("state in ('open', 'corrected')") }} as open_rules,
        {{ count_where("state = 'released'") }} as released_rules,
        {{ count_where("state = 'discarded'") }} as discarded_rules
    from {{ ref('stg_quarantine_row') }}
    where cast(rejected_at as date) <= {{ as_of_date() }}
    group by sender, contract, cast(rejected_at as date)

),

cells as (

    select sender, contract, loaded_date from loads
    union all
    select sender, contract, loaded_date from broken

),

keys as (

    select sender, contract, loaded_date
    from cells
    group by sender, contract, loaded_date

)

select
    keys.sender,
    keys.contract,
    keys.loaded_date,
    cast(coalesce(loads.files, 0) as bigint) as files,
    coalesce(loads.received_rows, 0) as received_rows,
    coalesce(loads.accepted_rows, 0) as accepted_rows,
    coalesce(loads.rejected_rows, 0) as rejected_rows,
    coalesce(loads.duplicate_rows, 0) as duplicate_rows,
    coalesce(loads.skipped_rows, 0) as skipped_rows,
    cast(coalesce(broken.broken_rules, 0) as bigint) as broken_rules,
    coalesce(broken.open_rules, 0) as open_rules,
    coalesce(broken.released_rules, 0) as released_rules,
    coalesce(broken.discarded_rules, 0) as discarded_rules,
    {{ ratio('loads.accepted_rows', 'loads.accepted_rows + loads.rejected_rows') }} as accepted_share

from keys
left join loads
    on keys.sender = loads.sender and keys.contract = loads.contract and keys.loaded_date = loads.loaded_date
left join broken
    on keys.sender = broken.sender and keys.contract = broken.contract and keys.loaded_date = broken.loaded_date
