-- The three strongest reasons of a score in words: what was seen, and whether it speaks for it or against it.

with

said as (

    select
        document,
        document_key,
        rank,
        replace(feature, '_', ' ') || ': ' || value
        || case when log_odds >= 0 then ' (+' else ' (' end
        || cast(cast(log_odds as decimal(9, 1)) as varchar) || ')' as reason
    from {{ ref('stg_engine_score_reason') }}

)

select
    document,
    document_key,
    max(case when rank = 1 then reason end) as reason_1,
    max(case when rank = 2 then reason end) as reason_2,
    max(case when rank = 3 then reason end) as reason_3

from said
group by document, document_key
