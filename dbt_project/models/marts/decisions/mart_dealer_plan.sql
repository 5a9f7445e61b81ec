-- What each outlet expects to retail and wants to receive, from the running month on, beside what the
-- statistics and the plan say of the same month. The two quantities are never added.

select
    plans.dealer_plan_id,
    cast(plans.version as bigint) as version,
    plans.outlet_id,
    outlets.market,
    outlets.region_path,
    plans.series,
    plans.variant,
    plans.horizon,
    plans.period_date,
    {{ month_of('plans.period_date') }} as plan_month,
    plans.state,
    plans.retail_units,
    plans.requirement_units,
    plans.reviewed_retail_units,
    plans.reviewed_requirement_units,
    coalesce(plans.reviewed_retail_units, plans.retail_units) as agreed_retail_units,
    coalesce(plans.reviewed_requirement_units, plans.requirement_units) as agreed_requirement_units,
    steps.statistical as statistical_units,
    steps.final as final_units,
    plans.note

from {{ ref('stg_dealer_plan') }} as plans
inner join {{ ref('int_outlet_placed') }} as outlets on plans.outlet_id = outlets.outlet_id
left join {{ ref('stg_engine_plan_step') }} as steps
    on
        steps.subject = 'vehicle'
        and plans.outlet_id = steps.outlet_id
        and plans.series = steps.item
        and {{ month_of('plans.period_date') }} = steps.forecast_month
where
    plans.period_date >= {{ running_month() }}
    and cast(least(plans.effective_at, plans.recorded_at) as date) <= {{ as_of_date() }}
