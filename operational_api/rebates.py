"""Rebates calculated: a run of a policy, in the write that makes it, proposes what each outlet has coming.

In: the policy's tiers, measure and scope; audited retail deliveries, cars dispatched to an outlet, parts
orders that were settled, retail targets, surveys. Out: SQL text of functions and triggers before the write.
A run counts from the policy's first day to its own and gives, unit by unit, what is earned less what earlier
runs gave: a second settlement deducts the first, a tier reached later pays what it owes for the units before,
and a returned car is taken back where the policy says so. Two runs of a policy at once are calculated one
after the other.
"""

from __future__ import annotations

from collections.abc import Iterator

from operational_api.documents.rebate_policy import RATED


def rebate_functions() -> Iterator[str]:
    yield _RATE
    yield _EARNED
    yield _RUN
    yield _POLICY
    yield (
        "create trigger judge_policy before insert or update on doc.rebate_policy for each row "
        "when (coalesce(current_setting('dms.history', true), '') <> 'on') "
        "execute function api.judge_rebate_policy()"
    )
    yield (
        "create trigger calculate before insert or update of state on doc.rebate_run for each row "
        "when (coalesce(current_setting('dms.history', true), '') <> 'on') "
        "execute function api.run_rebate()"
    )


_RATED = ", ".join(f"'{measure}'" for measure in RATED)

# Null where there is no target, or nobody answered: such an outlet reaches no tier.
_RATE = """
create function api.rebate_rate(p doc.rebate_policy, p_outlet text, p_sold bigint, p_to date)
returns numeric language sql stable as $$
  select case p.measure
    when 'target_attainment' then (
      select round(100.0 * p_sold / nullif(sum(units), 0), 6) from (
        select distinct on (t.series, t.target_month) t.units from doc.sales_target t
         where t.outlet_id = p_outlet and t.measure = 'retail' and t.state in ('issued', 'revised')
           and t.target_month between date_trunc('month', p.valid_from_date) and least(p_to, p.valid_to_date)
         order by t.series, t.target_month, t.effective_at desc, t.sales_target_id desc) target)
    when 'satisfaction' then (
      select round(avg(r.score), 6) from doc.survey_response r
       where r.outlet_id = p_outlet and r.survey_kind in ('ssi', 'csi')
         and r.answered_at::date between p.valid_from_date and least(p_to, p.valid_to_date)) end;
$$;"""

_POLICY = f"""
create function api.judge_rebate_policy() returns trigger language plpgsql as $$
begin
  if new.measure in ({_RATED}) and new.mode = 'marginal' then
    perform api.refuse('conflict', format('policy %s rewards %s in marginal tiers', new.rebate_policy_id,
        new.measure), 'mode', format('%s reaches one tier, and that pays for all', new.measure),
      'choose mode retroactive');
  end if;
  return new;
end $$;"""

# A unit weighs one, a purchase its amount; `upto` is what the outlet had reached with it, by days.
# retroactive: the tier of the result pays for all; marginal: each tier pays for the part that lies in it. The
# tier from 10 units begins with the tenth: nine lie before it.
_EARNED = """
create function api.rebate_earned(p doc.rebate_policy, p_to date)
returns table (outlet_id text, subject_key text, result numeric, tier_from numeric, earned bigint)
language sql stable as $$
  with tier as (
    select f as from_value, each, percent,
           case when p.measure = 'parts_purchases' then f else greatest(f - 1, 0) end as lower
      from jsonb_array_elements(p.tiers) t
      cross join lateral (select (t ->> 'from_value')::numeric as f,
        coalesce((t ->> 'per_unit_minor')::numeric, 0) as each,
        coalesce((t ->> 'percent')::numeric, 0) as percent) v
  ), band as (
    select *, coalesce(lead(lower) over (order by from_value), 'infinity') as upper,
           coalesce(lead(from_value) over (order by from_value), 'infinity') as next_from from tier
  ), subject as (
    select d.outlet_id, d.vin as key, d.delivered_date as day, 1::numeric as weight,
           case when d.currency = p.currency then d.price_minor else 0 end as amount
      from doc.retail_delivery d
     where p.measure in ('retail_units', 'target_attainment', 'satisfaction') and d.state = 'audited'
       and d.delivered_date between p.valid_from_date and least(p_to, p.valid_to_date)
    union all
    select o.outlet_id, o.vin, c.effective_at::date, 1,
           case when o.currency = p.currency then o.price_minor else 0 end
      from doc.vehicle_order o join api.change c
        on c.document = 'vehicle_order' and c.key = o.vehicle_order_id and c.action = 'dispatch'
     where p.measure = 'wholesale_units' and o.vin is not null
       and o.state in ('dispatched', 'received', 'closed')
       and c.effective_at::date between p.valid_from_date and least(p_to, p.valid_to_date)
    union all
    select o.outlet_id, o.parts_order_id, o.received_at::date, o.total_minor, o.total_minor
      from doc.parts_order o
     where p.measure = 'parts_purchases' and o.state = 'settled' and o.currency = p.currency
       and o.total_minor > 0
       and o.received_at::date between p.valid_from_date and least(p_to, p.valid_to_date)
  ), rated as (
    select o.outlet_id, api.rebate_rate(p, o.outlet_id, o.sold, p_to) as rate
      from (select outlet_id, count(*) as sold from subject group by 1) o
     where p.measure in ({rated})
  ), placed as (
    select s.*, sum(s.weight) over (partition by s.outlet_id order by s.day, s.key) as upto,
           case when p.measure in ({rated}) then (select r.rate from rated r where r.outlet_id = s.outlet_id)
                else sum(s.weight) over (partition by s.outlet_id) end as result
      from subject s join doc.outlet o on o.outlet_code = s.outlet_id
     where (p.market is null or o.market = p.market)
       and (p.region_path is null or o.region_path = p.region_path
            or starts_with(o.region_path, p.region_path || '/'))
  )
  select s.outlet_id, s.key, s.result, max(b.from_value),
         coalesce(round(sum((b.each + b.percent / 100 * s.amount) * case
           when p.mode = 'retroactive' then 1
           else (least(s.upto, b.upper) - greatest(s.upto - s.weight, b.lower)) / s.weight end)), 0)::bigint
    from placed s
    left join band b on case when p.mode = 'retroactive' then s.result >= b.from_value
                                  and s.result < b.next_from
                             else s.upto > b.lower and s.upto - s.weight < b.upper end
   group by s.outlet_id, s.key, s.result;
$$;""".replace("{rated}", _RATED)

_RUN = """
create function api.run_rebate() returns trigger language plpgsql as $$
declare p doc.rebate_policy; v record; v_account text; v_note text; v_amount bigint;
begin
  if new.state <> 'calculated' or (tg_op = 'UPDATE' and old.state = 'calculated') then return new; end if;
  select * into p from doc.rebate_policy r where r.rebate_policy_id = new.rebate_policy_id
     for no key update;
  if new.run_kind = 'settlement' and p.state <> 'active' then
    perform api.refuse('conflict', format('policy %s is %s', p.rebate_policy_id, p.state),
      'rebate_policy_id', 'only an active policy is settled', 'activate it, or run a simulation');
  end if;
  new.currency := p.currency;
  new.amount_minor := 0;
  new.outlets := '[]';
  for v in
    with earlier as (
      select y.outlet_id, l ->> 'subject_key' as subject_key, sum((l ->> 'amount_minor')::bigint) as given
        from doc.rebate_payout y cross join lateral jsonb_array_elements(y.lines) l
       where y.rebate_policy_id = p.rebate_policy_id and y.state not in ('reversed', 'discarded')
       group by 1, 2
    ), compared as (
      select outlet_id, subject_key, e.result, e.tier_from, coalesce(e.earned, 0) as earned,
             coalesce(g.given, 0)::bigint as given
        from api.rebate_earned(p, new.to_date) e full join earlier g using (outlet_id, subject_key)
    ), proposed as (
      select c.*, case when c.earned > c.given or p.has_clawback then c.earned - c.given else 0 end as amount
        from compared c
    )
    select outlet_id, max(result) as result, sum(earned)::bigint as earned,
           sum(given)::bigint as given, sum(amount)::bigint as amount,
           jsonb_agg(jsonb_strip_nulls(jsonb_build_object('subject_key', subject_key, 'amount_minor', amount,
             'earned_minor', earned, 'earlier_minor', given, 'tier_from', tier_from)) order by subject_key)
             filter (where amount <> 0) as lines
      from proposed group by 1 order by 1
  loop
    v_note := case when v.result is null and p.measure in ({rated}) then format(
      'no %s: without it no tier is reached',
      case p.measure when 'satisfaction' then 'answered survey' else 'retail target in the period' end) end;
    v_amount := v.amount;
    select b.fund_account_id into v_account from api.fund_balance b
     where b.outlet_id = v.outlet_id and b.fund_type = 'rebate' and b.currency = p.currency
       and b.state = 'active' order by (b.earmark = 'any') desc, b.fund_account_id limit 1;
    if v_amount <> 0 and v_account is null then
      v_note := format('no active rebate account in %s: open one, and the next run proposes it', p.currency);
      v_amount := case when new.run_kind = 'simulation' then v_amount else 0 end;
    elsif v_amount <> 0 and new.run_kind = 'settlement' then
      perform api.create_rebate_payout(api.derived_key(new.rebate_run_id, v.outlet_id), v.outlet_id,
        'calculated', new.updated_by, new.effective_at, jsonb_build_object(
          'rebate_policy_id', p.rebate_policy_id, 'run_id', new.rebate_run_id,
          'fund_account_id', v_account, 'amount_minor', abs(v_amount), 'currency', p.currency,
          'direction', case when v_amount > 0 then 'payout' else 'clawback' end,
          'result', coalesce(v.result, 0),
          'lines', v.lines));
    end if;
    new.amount_minor := new.amount_minor + v_amount;
    new.outlets := new.outlets || jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
      'outlet_code', v.outlet_id, 'result', coalesce(v.result, 0), 'earned_minor', v.earned,
      'earlier_minor', v.given, 'amount_minor', v_amount, 'note', v_note)));
  end loop;
  return new;
end $$;""".replace("{rated}", _RATED)
