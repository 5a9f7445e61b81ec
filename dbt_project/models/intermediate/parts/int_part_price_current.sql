-- The dealer's net price of a part in a market on the as-of day; the latest one that holds.

select
    part_id,
    market,
    price_minor,
    currency
from (
    select
        *,
        row_number() over (
            partition by part_id, market order by valid_from_date desc, part_price_id asc
        ) as choice
    from {{ ref('stg_part_price') }}
    where
        price_type = 'dealer_net'
        and valid_from_date <= {{ as_of_date() }}
        and (valid_to_date is null or valid_to_date >= {{ as_of_date() }})
) as ranked
where choice = 1
