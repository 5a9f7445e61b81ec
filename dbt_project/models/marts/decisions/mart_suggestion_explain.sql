-- The arithmetic behind a suggestion, step by step; the outlet stands here so that scope can be applied.

select
    steps.suggestion_id,
    cast(steps.step_no as bigint) as step_no,
    suggestions.outlet_id,
    suggestions.part_id,
    steps.component,
    steps.operation,
    cast(steps.value as double) as value,
    steps.unit,
    steps.source_document,
    steps.source_key,
    steps.note

from {{ ref('stg_engine_suggestion_explain') }} as steps
inner join {{ ref('stg_engine_replenishment_suggestion') }} as suggestions
    on steps.suggestion_id = suggestions.suggestion_id
