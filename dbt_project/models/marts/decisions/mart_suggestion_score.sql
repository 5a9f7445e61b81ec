-- How answers to suggestions turned out, by answer and reason: what ran out, what lay too long. Both sides
-- read the same row. A ratio over few answers says little: the count stands beside it.

select
    outlet_id,
    decision,
    coalesce(reason, 'none') as reason,
    cast(count(*) as bigint) as answers,
    {{ count_where('is_judged') }} as judged_answers,
    {{ count_where('is_judged and stock_out_days > 0') }} as ran_out_answers,
    {{ count_where('is_judged and stock_out_days = 0 and excess_units > 0') }} as excess_answers,
    {{ total_or_zero('suggested_quantity') }} as suggested_units,
    {{ total_or_zero('decided_quantity') }} as decided_units,
    {{ ratio(
        count_where('is_judged and stock_out_days > 0'), count_where('is_judged')
    ) }} as ran_out_share,
    {{ ratio(
        count_where('is_judged and stock_out_days = 0 and excess_units > 0'), count_where('is_judged')
    ) }} as excess_share

from {{ ref('mart_suggestion_outcome') }}
group by outlet_id, decision, coalesce(reason, 'none')
