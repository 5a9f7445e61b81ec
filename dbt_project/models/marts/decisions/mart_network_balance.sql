-- A part across the outlets of one warehouse: who is short, who has too many, what moves, what pooling would save.

with

transfers as (

    select to_outlet_id as outlet_id, part_id, {{ total('units') }} as transfer_units
    from {{ ref('mart_part_transfer') }}
    group by to_outlet_id, part_id

),

shares as (

    select outlet_id, part_id, {{ total('short') }} as short_units
    from {{ ref('mart_part_allocation') }}
    group by outlet_id, part_id

),

outlets as (

    select
        suggestions.supplier_outlet_code,
        suggestions.outlet_id,
        suggestions.part_id,
        suggestions.raw_quantity,
        suggestions.risk_variance,
        greatest(suggestions.full_target - suggestions.risk_mean, 0) as safety_units,
        coalesce(returns.excess_units, 0) as excess_units,
        coalesce(transfers.transfer_units, 0) as transfer_units,
        coalesce(shares.short_units, 0) as short_units
    from {{ ref('mart_replenishment_suggestion') }} as suggestions
    left join {{ ref('mart_return_suggestion') }} as returns
        on suggestions.outlet_id = returns.outlet_id and suggestions.part_id = returns.part_id
    left join transfers
        on suggestions.outlet_id = transfers.outlet_id and suggestions.part_id = transfers.part_id
    left join shares on suggestions.outlet_id = shares.outlet_id and suggestions.part_id = shares.part_id
    where suggestions.supplier_outlet_code is not null and suggestions.verdict != 'superseded'

),

summed as (

    select
        supplier_outlet_code,
        part_id,
        cast(count(*) as bigint) as outlets,
        {{ count_where('raw_quantity > 0') }} as outlets_short,
        {{ total_or_zero('raw_quantity') }} as need_units,
        {{ total_or_zero('excess_units') }} as excess_units,
        {{ total_or_zero('transfer_units') }} as transfer_units,
        {{ total_or_zero('short_units') }} as short_units,
        cast(coalesce(sum(safety_units), 0) as double) as safety_units,
        -- the same distance in standard deviations, over the root of the summed variances
        cast(coalesce(
            sum(safety_units) * sqrt(sum(risk_variance)) / nullif(sum(sqrt(risk_variance)), 0), 0
        ) as double) as pooled_safety_units
    from outlets
    group by supplier_outlet_code, part_id

)

select
    summed.supplier_outlet_code,
    summed.part_id,
    parts.description,
    parts.criticality,
    summed.outlets,
    summed.outlets_short,
    summed.need_units,
    summed.excess_units,
    summed.transfer_units,
    cast(stock.on_hand as bigint) as warehouse_units,
    summed.short_units,
    summed.safety_units,
    summed.pooled_safety_units

from summed
inner join {{ ref('stg_part') }} as parts on summed.part_id = parts.part_id
left join {{ ref('mart_part_position') }} as stock
    on summed.supplier_outlet_code = stock.outlet_id and summed.part_id = stock.part_id
