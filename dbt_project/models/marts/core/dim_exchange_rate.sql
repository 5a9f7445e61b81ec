-- A rate holds from its day until the next one of the pair: half-open periods without gap or overlap.
-- Both directions are rows, so that a reader never divides.

with

quoted as (

    select from_currency, to_currency, rate_date, rate from {{ ref('stg_exchange_rate') }}
    where rate_date <= {{ as_of_date() }} and rate > 0

    union all

    select to_currency as from_currency, from_currency as to_currency, rate_date, 1.0 / rate as rate
    from {{ ref('stg_exchange_rate') }} as direct
    where
        rate_date <= {{ as_of_date() }}
        and rate > 0
        and not exists (
            select 1
            from {{ ref('stg_exchange_rate') }} as reverse
            where
                reverse.from_currency = direct.to_currency
                and reverse.to_currency = direct.from_currency
        )

)

select
    from_currency,
    to_currency,
    to_currency = '{{ var("group_currency") }}' as is_to_group_currency,
    rate_date as valid_from_date,
    lead(rate_date) over (partition by from_currency, to_currency order by rate_date) as valid_to_date,
    rate

from quoted
