-- What became of each ordered line: shipped, received, still owed, given up.
-- A back-order is owed until it leaves; from then on its dispatch counts it, and nothing else does.
-- An order that was received whole without dispatch advice counts as received on that day.

with

shipped as (

    select
        parts_order_id,
        line_no,
        {{ total('quantity') }} as shipped_units,
        {{ total_or_zero('case when received_date is not null then quantity end') }} as received_units,
        max(received_date) as received_date,
        min(case when received_date is null then eta_date end) as next_eta_date
    from {{ ref('int_parts_shipment_line_exploded') }}
    group by parts_order_id, line_no

),

owed as (

    select
        parts_order_id,
        line_no,
        {{ total_or_zero("case when state <> 'cancelled' then quantity end") }} as backordered_units,
        {{ total_or_zero("case when state = 'cancelled' then quantity end") }} as cancelled_units,
        min(case when state <> 'cancelled' then eta_date end) as backorder_eta_date
    from {{ ref('stg_backorder_line') }}
    where state = 'cancelled' or (state in ('open', 'allocated') and parts_shipment_id is null)
    group by parts_order_id, line_no

),

followed as (

    select
        lines.*,
        coalesce(shipped.shipped_units, 0) as shipped_units,
        coalesce(shipped.received_units, 0) as shipment_received_units,
        shipped.received_date as shipment_received_date,
        shipped.next_eta_date,
        coalesce(owed.backordered_units, 0) as owed_units,
        -- what was shipped all the same was not given up
        least(
            coalesce(owed.cancelled_units, 0), greatest(lines.quantity - coalesce(shipped.shipped_units, 0), 0)
        ) as cancelled_units,
        owed.backorder_eta_date,
        lines.received_date <= {{ as_of_date() }} as is_order_received
    from {{ ref('int_parts_order_line_exploded') }} as lines
    left join shipped on lines.parts_order_id = shipped.parts_order_id and lines.line_no = shipped.line_no
    left join owed on lines.parts_order_id = owed.parts_order_id and lines.line_no = owed.line_no

),

closed as (

    select
        *,
        -- units that arrived without a dispatch advice, on the day the order was received
        case
            when is_order_received then greatest(quantity - cancelled_units - shipped_units - owed_units, 0)
            else 0
        end as unadvised_units
    from followed

)

select
    parts_order_id,
    line_no,
    outlet_id,
    supplier_outlet_code,
    order_type,
    state,
    part_id,
    quantity,
    unit_price_minor,
    currency,
    suggestion_id,
    ordered_date,
    requested_date,
    cast(shipped_units as bigint) as shipped_units,
    cast(unadvised_units as bigint) as unadvised_units,
    cast(cancelled_units as bigint) as cancelled_units,
    cast(greatest(quantity - cancelled_units - shipped_units - unadvised_units, 0) as bigint) as on_order_units,
    cast(greatest(shipped_units - shipment_received_units, 0) as bigint) as in_transit_units,
    case
        when shipment_received_units + unadvised_units >= quantity - cancelled_units
            -- the last of what came, with or without a dispatch advice
            then case
                when unadvised_units > 0 then greatest(coalesce(shipment_received_date, received_date), received_date)
                else shipment_received_date
            end
    end as received_date,
    case when unadvised_units > 0 then received_date end as unadvised_received_date,
    coalesce(next_eta_date, backorder_eta_date, requested_date) as eta_date

from closed
