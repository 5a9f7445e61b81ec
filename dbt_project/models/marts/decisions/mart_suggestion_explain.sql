-- The arithmetic behind a suggestion, to order or to send back, step by step; the outlet stands here so that
-- scope can be applied.

with

suggestions as (

    select suggestion_id, outlet_id, part_id
    from {{ ref('stg_engine_replenishment_suggestion') }}

    union all

    select return_id as suggestion_id, outlet_id, part_id
    from {{ ref('stg_engine_return_suggestion') }}

)

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
inner join suggestions on steps.suggestion_id = suggestions.suggestion_id
