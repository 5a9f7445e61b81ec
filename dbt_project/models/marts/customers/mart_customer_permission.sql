-- What stands for or against contacting a golden customer: of all that its records say the most restrictive.
-- Of one record the latest answer counts, of two at one instant the refusal; between records a no outweighs any yes.

with

answers as (

    select
        customer_id,
        'consent' as kind,
        purpose,
        channel,
        case
            when state <> 'given' then 'withdrawn'
            when expires_date < {{ as_of_date() }} then 'expired'
            else 'given'
        end as standing,
        consent_id as document_key,
        said_at
    from (
        select
            *,
            case when state = 'withdrawn' and withdrawn_at > given_at then withdrawn_at else given_at end as said_at,
            row_number() over (
                partition by customer_id, purpose, channel
                order by
                    case when state = 'withdrawn' and withdrawn_at > given_at then withdrawn_at else given_at end desc,
                    case when state = 'given' then 1 else 0 end asc,
                    consent_id asc
            ) as place
        from {{ ref('stg_consent') }}
    ) as ranked
    where place = 1

    union all

    select
        customer_id,
        'contact_refusal' as kind,
        'all' as purpose,
        channel,
        'refused' as standing,
        contact_refusal_id as document_key,
        requested_at as said_at
    from {{ ref('stg_contact_refusal') }}
    where state = 'active'

    union all

    select
        customer_id,
        'blacklist' as kind,
        'all' as purpose,
        'all' as channel,
        'listed' as standing,
        blacklist_entry_id as document_key,
        listed_at as said_at
    from {{ ref('stg_blacklist_entry') }}
    where state = 'active'

),

strictest as (

    select *
    from (
        select
            members.golden_id,
            answers.*,
            row_number() over (
                partition by members.golden_id, answers.kind, answers.purpose, answers.channel
                order by
                    case answers.standing when 'given' then 2 when 'expired' then 1 else 0 end asc,
                    answers.said_at desc,
                    answers.document_key asc
            ) as place
        from answers
        inner join {{ ref('map_customer_source') }} as members
            on answers.customer_id = members.customer_id and members.is_current
    ) as ranked
    where place = 1

)

select
    here.outlet_id,
    here.golden_id,
    here.customer_id as known_as_id,
    strictest.kind,
    strictest.purpose,
    strictest.channel,
    strictest.standing,
    strictest.customer_id as said_of_customer_id,
    strictest.document_key,
    strictest.said_at

from strictest
inner join {{ ref('int_customer_here') }} as here on strictest.golden_id = here.golden_id
