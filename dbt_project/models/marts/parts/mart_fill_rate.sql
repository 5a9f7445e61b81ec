-- How much of what was asked for was handed out at once. Requests that nobody has answered yet
-- count as asked, not as filled or missed.

select
    outlet_id,
    channel,
    demand_month,
    cast(count(*) as bigint) as requested_lines,
    {{ count_where('is_answered') }} as answered_lines,
    {{ count_where('is_answered and filled_quantity >= quantity') }} as filled_lines,
    {{ total('quantity') }} as requested_units,
    {{ total_or_zero('case when is_answered then quantity end') }} as answered_units,
    {{ total_or_zero('case when is_answered then least(filled_quantity, quantity) end') }} as filled_units,
    {{ total_or_zero('backordered_quantity') }} as backordered_units,
    {{ total_or_zero('lost_quantity') }} as lost_units,
    {{ count_where('substitute_part_id is not null') }} as substituted_lines,
    {{ ratio(count_where('is_answered and filled_quantity >= quantity'), count_where('is_answered')) }}
        as line_fill_rate,
    {{ ratio(
        total_or_zero('case when is_answered then least(filled_quantity, quantity) end'),
        total_or_zero('case when is_answered then quantity end')
    ) }} as piece_fill_rate

from {{ ref('fct_part_demand') }}
where not is_cancelled
group by outlet_id, channel, demand_month
