-- The order terms of every outlet with its own supplier on the as-of day: its own before the supplier's
-- general ones, the later before the earlier.

with

terms as (

    select *
    from {{ ref('stg_order_terms') }}
    where
        state = 'active'
        and effective_from_date <= {{ as_of_date() }}
        and (effective_to_date is null or effective_to_date >= {{ as_of_date() }})

),

ranked as (

    select
        outlets.outlet_id,
        outlets.timezone,
        terms.*,
        row_number() over (
            partition by outlets.outlet_id
            order by
                case when terms.outlet_code is null then 0 else 1 end desc,
                terms.effective_from_date desc,
                terms.order_terms_id desc
        ) as choice
    from {{ ref('int_outlet_placed') }} as outlets
    inner join terms
        on
            outlets.supplier_outlet_code = terms.supplier_outlet_code
            and coalesce(terms.outlet_code, outlets.outlet_id) = outlets.outlet_id

)

select
    outlet_id,
    timezone,
    order_terms_id,
    supplier_outlet_code,
    currency,
    slots,
    urgent_freight_minor,
    urgent_lead_time_days,
    waiting_cost_minor,
    minimum_order_minor,
    budget_minor,
    transfer_freight_minor,
    transfer_days,
    return_allowance_permille,
    protection_days

from ranked
where choice = 1
