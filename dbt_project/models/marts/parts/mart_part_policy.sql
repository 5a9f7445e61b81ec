-- The terms under which a part is replenished at an outlet: lead time as observed where there are
-- enough receipts; the share to be served from stock by value class, criticality and frequency, from the
-- approved policy that fits best on the day, else from the seed.

with

-- what is to replace a number is worth and asked for as much as what it replaces, what is launched as what it resembles
ranks as (

    select
        outlet_id,
        part_id,
        min(abc_class) as abc_class,
        max(demand_months_in_year) as demand_months_in_year
    from (
        select outlet_id, part_id, abc_class, demand_months_in_year
        from {{ ref('int_part_value_ranked') }}
        union all
        select ranked.outlet_id, ahead.successor_part_id as part_id, ranked.abc_class, ranked.demand_months_in_year
        from {{ ref('int_part_value_ranked') }} as ranked
        inner join {{ ref('int_part_replaced_ahead') }} as ahead on ranked.part_id = ahead.part_id
        union all
        select ranked.outlet_id, launches.part_id, ranked.abc_class, ranked.demand_months_in_year
        from {{ ref('int_part_value_ranked') }} as ranked
        inner join {{ ref('fct_part_launch') }} as launches
            on ranked.outlet_id = launches.outlet_id and ranked.part_id = launches.analogous_part_id
    ) as together
    group by outlet_id, part_id

),

positions as (

    select * from {{ ref('mart_part_position') }}

),

terms as (

    select
        positions.outlet_id,
        positions.part_id,
        positions.on_hand,
        outlets.supplier_outlet_code,
        coalesce(calls.cycle_days, outlets.review_days, {{ var('review_default_days') }}) as review_days,
        calls.order_terms_id,
        calls.order_wait_days,
        calls.next_order_date,
        calls.urgent_lead_time_days,
        case when calls.currency = coalesce(prices.currency, outlets.currency) then calls.waiting_cost_minor end
            as waiting_cost_minor,
        case when calls.currency = coalesce(prices.currency, outlets.currency) then calls.urgent_freight_minor end
            as urgent_freight_minor,
        coalesce(outlets.lead_time_days, {{ var('lead_time_default_days') }}) as agreed_days,
        parts.pack_size,
        parts.minimum_quantity,
        parts.criticality,
        parts.state as part_state,
        parts.is_returnable,
        parts.shelf_life_days,
        outlets.region_path,
        prices.price_minor,
        coalesce(prices.currency, outlets.currency) as currency,
        coalesce(ranks.abc_class, 'C') as abc_class,
        coalesce(ranks.demand_months_in_year, 0) as demand_months_in_year,
        case
            when ranks.demand_months_in_year >= {{ var('frequency_fast_months') }} then 'fast'
            when ranks.demand_months_in_year >= {{ var('frequency_medium_months') }} then 'medium'
            else 'slow'
        end as frequency
    from positions
    inner join {{ ref('int_outlet_placed') }} as outlets on positions.outlet_id = outlets.outlet_id
    inner join {{ ref('stg_part') }} as parts on positions.part_id = parts.part_id
    left join {{ ref('int_part_price_current') }} as prices
        on positions.part_id = prices.part_id and outlets.market = prices.market
    left join {{ ref('mart_order_terms') }} as calls on positions.outlet_id = calls.outlet_id
    left join ranks
        on positions.outlet_id = ranks.outlet_id and positions.part_id = ranks.part_id

),

policies as (

    select
        terms.outlet_id,
        terms.part_id,
        dated.service_level,
        dated.phase_in_months,
        dated.policy_id,
        row_number() over (
            partition by terms.outlet_id, terms.part_id
            order by
                dated.fits desc, length(coalesce(dated.region_path, '')) desc,
                dated.valid_from_date desc, dated.policy_id desc
        ) as choice
    from terms
    inner join {{ ref('int_replenishment_policy_dated') }} as dated
        on
            terms.abc_class = dated.abc_class
            and terms.criticality = dated.criticality
            and coalesce(dated.outlet_id, terms.outlet_id) = terms.outlet_id
            and (dated.region_path is null or {{ is_below('terms.region_path', 'dated.region_path') }})
            and coalesce(dated.frequency, terms.frequency) = terms.frequency
            and dated.valid_from_date <= {{ as_of_date() }}

),

limits as (

    select *
    from (
        select
            limits.outlet_id,
            chains.current_part_id as part_id,
            limits.stock_limit_id,
            limits.maximum_units,
            row_number() over (
                partition by limits.outlet_id, chains.current_part_id
                order by limits.valid_from_date desc, limits.stock_limit_id desc
            ) as choice
        from {{ ref('stg_stock_limit') }} as limits
        inner join {{ ref('int_part_chain_resolved') }} as chains on limits.part_id = chains.part_id
        where
            limits.state = 'active'
            and limits.valid_from_date <= {{ as_of_date() }}
            and (limits.valid_to_date is null or limits.valid_to_date >= {{ as_of_date() }})
    ) as ranked
    where choice = 1

),

announced as (

    select part_id, successor_part_id, change_date, stop_order_date
    from {{ ref('int_part_replaced_ahead') }}
    where is_leading

)

select
    terms.outlet_id,
    terms.part_id,
    cast(coalesce(by_part.lead_time_days, by_supplier.lead_time_days, terms.agreed_days) as double)
        as lead_time_days,
    cast(coalesce(
        by_part.lead_time_sd_days,
        by_supplier.lead_time_sd_days,
        terms.agreed_days * {{ var('lead_time_assumed_cv') }}
    ) as double) as lead_time_sd_days,
    cast(coalesce(by_part.receipts, by_supplier.receipts, 0) as bigint) as lead_time_observations,
    case
        when by_part.receipts is not null then 'part'
        when by_supplier.receipts is not null then 'supplier'
        else 'agreed'
    end as lead_time_source,
    cast(terms.review_days as bigint) as review_days,
    terms.pack_size,
    terms.minimum_quantity,
    cast(policies.service_level as double) as service_level,
    policies.policy_id,
    terms.price_minor as unit_price_minor,
    terms.currency,
    terms.price_minor is null as price_missing,
    terms.criticality,
    terms.abc_class,
    terms.frequency,
    terms.supplier_outlet_code,
    terms.part_state,
    terms.part_state = 'active' and terms.demand_months_in_year >= policies.phase_in_months as is_stocked,
    terms.order_terms_id,
    cast(terms.order_wait_days as bigint) as order_wait_days,
    terms.next_order_date,
    limits.stock_limit_id,
    limits.maximum_units,
    terms.shelf_life_days,
    announced.successor_part_id as announced_part_id,
    announced.change_date,
    announced.stop_order_date,
    terms.urgent_lead_time_days,
    terms.waiting_cost_minor,
    terms.urgent_freight_minor,
    terms.is_returnable

from terms
left join policies
    on terms.outlet_id = policies.outlet_id and terms.part_id = policies.part_id and policies.choice = 1
left join limits on terms.outlet_id = limits.outlet_id and terms.part_id = limits.part_id
left join announced on terms.part_id = announced.part_id
left join {{ ref('int_part_lead_time_observed') }} as by_part
    on
        terms.outlet_id = by_part.outlet_id
        and terms.supplier_outlet_code = by_part.supplier_outlet_code
        and terms.part_id = by_part.part_id
left join {{ ref('int_part_lead_time_observed') }} as by_supplier
    on
        terms.outlet_id = by_supplier.outlet_id
        and terms.supplier_outlet_code = by_supplier.supplier_outlet_code
        and by_supplier.part_id is null
