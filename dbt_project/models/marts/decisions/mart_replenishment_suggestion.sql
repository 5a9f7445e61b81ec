-- What to order today and why, with what the outlet answered to exactly this suggestion.

with

decisions as (

    select *
    from (
        select
            *,
            row_number() over (
                partition by suggestion_id order by decided_at desc, suggestion_decision_id desc
            ) as latest
        from {{ ref('stg_suggestion_decision') }}
    ) as ranked
    where latest = 1

),

receipts as (

    select outlet_id, part_id
    from {{ ref('fct_part_receipt') }}
    group by outlet_id, part_id

)

select
    suggestions.suggestion_id,
    suggestions.outlet_id,
    suggestions.part_id,
    parts.part_no,
    parts.description,
    parts.category,
    parts.criticality,
    parts.state as part_state,
    suggestions.supplier_outlet_code,
    suppliers.outlet_name as supplier_name,
    suggestions.as_of_date,
    suggestions.verdict,
    suggestions.sentence,
    cast(suggestions.quantity as bigint) as quantity,
    cast(suggestions.unit_price_minor as bigint) as unit_price_minor,
    cast(suggestions.line_total_minor as bigint) as line_total_minor,
    suggestions.currency,
    cast(suggestions.on_hand as double) as on_hand,
    cast(suggestions.reserved as double) as reserved,
    cast(suggestions.on_order as double) as on_order,
    cast(suggestions.in_transit as double) as in_transit,
    cast(suggestions.backordered as double) as backordered,
    cast(suggestions.booked_units as double) as booked_units,
    cast(suggestions.predecessor_on_hand as double) as predecessor_on_hand,
    cast(suggestions.position as double) as position,
    positions.next_eta_date,
    positions.last_demand_date,
    cast(suggestions.mean_units_per_month as double) as mean_units_per_month,
    cast(suggestions.dispersion as double) as dispersion,
    suggestions.demand_class,
    suggestions.method,
    policies.abc_class,
    cast(suggestions.lead_time_days as double) as lead_time_days,
    cast(suggestions.review_days as bigint) as review_days,
    cast(suggestions.service_level as double) as service_level,
    cast(suggestions.cycle_chance as double) as cycle_chance,
    cast(suggestions.risk_days as double) as risk_days,
    cast(suggestions.risk_mean as double) as risk_mean,
    cast(suggestions.risk_variance as double) as risk_variance,
    cast(suggestions.order_up_to as double) as order_up_to,
    cast(suggestions.raw_quantity as double) as raw_quantity,
    cast(coalesce(suggestions.pack_size, parts.pack_size) as bigint) as pack_size,
    cast(coalesce(suggestions.minimum_quantity, parts.minimum_quantity) as bigint) as minimum_quantity,
    cast(suggestions.days_of_cover_before as double) as days_of_cover_before,
    cast(suggestions.days_of_cover_after as double) as days_of_cover_after,
    cast(suggestions.full_target as double) as full_target,
    cast(suggestions.packed_quantity as bigint) as packed_quantity,
    cast(suggestions.budget_cut as bigint) as budget_cut,
    cast(suggestions.waiting_units as bigint) as waiting_units,
    cast(suggestions.urgent_quantity as bigint) as urgent_quantity,
    cast(suggestions.order_wait_days as bigint) as order_wait_days,
    cast(suggestions.sell_within_days as bigint) as sell_within_days,
    cast(suggestions.maximum_units as bigint) as maximum_units,
    cast(suggestions.over_maximum as bigint) as over_maximum,
    suggestions.stock_group_id,
    cast(suggestions.interchange_units as double) as interchange_units,
    cast(suggestions.interchange_owed as double) as interchange_owed,
    suggestions.ordered_part_id,
    coalesce(
        suggestions.on_hand = 0 and suggestions.on_order = 0 and suggestions.in_transit = 0, false
    ) and receipts.part_id is null as is_new_to_stock,
    decisions.decision,
    decisions.decided_quantity,
    decisions.reason as decision_reason,
    decisions.decided_at,
    decisions.snooze_until_date,
    decisions.parts_order_id

from {{ ref('stg_engine_replenishment_suggestion') }} as suggestions
inner join {{ ref('stg_part') }} as parts on suggestions.part_id = parts.part_id
left join {{ ref('int_outlet_placed') }} as suppliers
    on suggestions.supplier_outlet_code = suppliers.outlet_id
left join {{ ref('mart_part_position') }} as positions
    on suggestions.outlet_id = positions.outlet_id and suggestions.part_id = positions.part_id
left join {{ ref('mart_part_policy') }} as policies
    on suggestions.outlet_id = policies.outlet_id and suggestions.part_id = policies.part_id
left join receipts on suggestions.outlet_id = receipts.outlet_id and suggestions.part_id = receipts.part_id
left join decisions on suggestions.suggestion_id = decisions.suggestion_id
