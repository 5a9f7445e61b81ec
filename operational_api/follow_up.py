"""Follow-up: contact tasks out of events and rules, one statement for everybody (table 1.2a, C27).

In: `contact_rule` documents in force on a day and what happened: leads, deliveries, repair orders,
policies, ownerships, campaigns, birthdays. Out: SQL text of `api.generate_contacts` and of what
a result leads to. A task's key is made of rule, cause and occurrence, so that a second run finds every
task and makes none.

Days from kilometres are estimates: last reading plus kilometres a day between first and last reading; the
task says so. A birthday's task is due in its week, not on its day: the day stays in the person's record.
"""

from __future__ import annotations

from collections.abc import Iterator

from operational_api.compiled_writes import SET_SCOPE

# What happened, to whom, when. `first_due` stands where the event itself names the day.
_EVENTS = """
    select 'FIRST_CONTACT' as code, l.outlet_id, l.customer_id, null::text as vin, l.lead_id, l.staff_id,
           l.level, 'lead' as cause, l.lead_id as cause_key, (l.first_contact_at)::date as anchor,
           null::date as first_due
      from doc.lead l where l.state in ('assigned', 'following') and l.first_contact_at is not null
    union all
    select 'PERIODIC', l.outlet_id, l.customer_id, null, l.lead_id, l.staff_id, l.level, 'lead', l.lead_id,
           coalesce((select max(t.effective_at) from doc.contact_task t
                      where t.lead_id = l.lead_id and t.state = 'done'),
                    l.first_contact_at, l.arrived_at)::date, null
      from doc.lead l
     where l.state in ('assigned', 'following') and not exists (select from doc.contact_task t
       where t.lead_id = l.lead_id and t.rule_code = 'PERIODIC' and t.state = 'open')
    union all
    select code, d.outlet_id, d.customer_id, d.vin, null, d.staff_id, null, 'retail_delivery',
           d.retail_delivery_id,
           case code when 'POST_SALE' then d.delivered_date else d.warranty_start_date end, null
      from doc.retail_delivery d cross join unnest(array['POST_SALE', 'FIRST_SERVICE', 'WARRANTY_END']) code
     where d.state in ('reported', 'audited') and (code <> 'FIRST_SERVICE' or not exists (
       select from doc.repair_order r where r.vin = d.vin and r.state in ('settled', 'closed')))
    union all
    select code, r.outlet_id, r.customer_id, r.vin, null, null, null, 'repair_order', r.repair_order_id,
           r.settled_at::date, null
      from doc.repair_order r cross join unnest(array['POST_REPAIR', 'PERIODIC_SERVICE']) code
     where r.state in ('settled', 'closed') and r.settled_at is not null
       and (code = 'POST_REPAIR' or not exists (select from doc.repair_order n where n.vin = r.vin
              and n.state in ('settled', 'closed') and n.settled_at > r.settled_at))
    union all
    select 'INSURANCE_END', s.outlet_id, s.customer_id, s.vin, null, s.staff_id, null, 'value_added_sale',
           s.value_added_sale_id, s.ends_date, s.ends_date
      from doc.value_added_sale s
     where s.sale_kind = 'insurance' and s.state = 'sold' and s.ends_date >= p_day
    union all
    select 'INSPECTION', o.outlet_id, o.customer_id, o.vin, null, null, null, 'vehicle', o.vin,
           v.registration_date, null
      from doc.vehicle_ownership o join doc.vehicle v using (vin)
     where o.state = 'current' and v.registration_date is not null
    union all
    select 'SERVICE_CAMPAIGN', o.outlet_id, o.customer_id, o.vin, null, null, null, 'campaign_vin',
           c.campaign_vin_id, a.announced_date, null
      from doc.campaign_vin c join doc.service_action a using (service_action_id)
      join doc.vehicle_ownership o on o.vin = c.vin and o.state = 'current'
     where c.state = 'open' and a.state = 'active'
    union all
    select code, c.outlet_id, c.customer_id, null, null, null, null, 'customer_record', c.customer_id,
           date_trunc('week', api.anniversary(day, p_day))::date,
           date_trunc('week', api.anniversary(day, p_day))::date
      from doc.customer_record c
      cross join lateral (values ('BIRTHDAY', c.birth_date), ('WEDDING', c.anniversary_date)) y (code, day)
     where c.state = 'active' and day is not null"""

_GENERATE = f"""
create function api.generate_contacts(p_scope text, p_outlets text[], p_subject text, p_day date)
returns table (created bigint, escalated bigint) language plpgsql as $$
#variable_conflict use_column
begin{SET_SCOPE}
  return query
  with places as (select distinct market from doc.outlet),
  rules as materialized (
    -- The most specific rule of a market for each code and level.
    select distinct on (m.market, r.rule_code, r.level) m.market as of_market, r.*
      from places m cross join lateral api.rule_contact_rule(p_day, m.market, null, null, null)
      with ordinality as r ({{columns}}, nth)
     order by m.market, r.rule_code, r.level, nth
  ), reading as materialized (
    select vin, count(*) as readings, max(day) as last_day, max(km) as last_km,
           (max(km) - min(km))::numeric / nullif(max(day) - min(day), 0) as km_a_day
      from (select vin, opened_at::date as day, odometer_km as km from doc.repair_order
             where state <> 'cancelled' and opened_at::date <= p_day
            union all select vin, delivered_date, odometer_km from doc.retail_delivery
             where state in ('reported', 'audited') and delivered_date <= p_day) seen
     where km is not null group by vin
  ), event as (
{_EVENTS}
  ), dated as (
    select e.*, r.contact_rule_id, r.channel, r.effective_from_date,
      coalesce(r.remind_days, 0)::int as remind_days,
      case e.code
        when 'PERIODIC' then e.anchor + r.every_days::int
        when 'INSPECTION' then api.next_round(e.anchor, r.every_days::int, r.within_days::int, p_day)
        when 'INSURANCE_END' then e.first_due when 'BIRTHDAY' then e.first_due when 'WEDDING' then e.first_due
        when 'FIRST_SERVICE' then e.anchor + r.interval_days::int
        when 'PERIODIC_SERVICE' then e.anchor + r.interval_days::int
        when 'WARRANTY_END' then e.anchor + r.interval_days::int
        else e.anchor + r.offset_days::int end as by_days,
      case when e.code in ('FIRST_SERVICE', 'PERIODIC_SERVICE', 'WARRANTY_END') and o.km_a_day > 0
             and r.interval_km is not null
           then o.last_day + ceil(greatest(0, case e.code when 'PERIODIC_SERVICE' then o.last_km else 0 end
             + r.interval_km - coalesce(r.before_km, 0) - o.last_km) / o.km_a_day)::int end as by_km,
      o.readings, o.km_a_day
      from event e join doc.outlet p on p.outlet_code = e.outlet_id
      join rules r on r.of_market = p.market and r.rule_code = e.code
        and (r.level is null or r.level = e.level)
      left join reading o on o.vin = e.vin
     where e.anchor is not null and not (r.level is null and exists (select from rules s
       where s.of_market = p.market and s.rule_code = e.code and s.level = e.level))
  ), planned as (
    select d.*, least(by_days, by_km) as due, 'CT-' || md5(concat_ws('|', code, cause_key, vin, case code
             when 'PERIODIC' then anchor::text when 'INSPECTION' then by_days::text
             when 'BIRTHDAY' then anchor::text when 'WEDDING' then anchor::text end)) as key
      from dated d
  ), written as (
    insert into doc.contact_task as t (contact_task_id, outlet_id, state, version, effective_at, created_at,
      created_by, updated_at, updated_by, rule_code, contact_rule_id, lead_id, customer_id, vin, staff_id,
      cause, cause_key, due_date, remind_date, channel, estimate, level_before)
    select distinct on (p.key) p.key, p.outlet_id, 'open', 1, now(), now(), p_subject, now(), p_subject,
      p.code, p.contact_rule_id, p.lead_id, p.customer_id, p.vin, p.staff_id, p.cause, p.cause_key, p.due,
      p.due - p.remind_days, p.channel,
      case when p.by_km is not null and p.by_km <= coalesce(p.by_days, p.by_km) then format(
        'estimated from %s readings, %s km/day', p.readings, round(p.km_a_day)) end, p.level
      from planned p
     where p.due between p.effective_from_date and p_day + greatest(p.remind_days, 7)
       and not exists (select from doc.contact_task t where t.contact_task_id = p.key)
       and not exists (select from doc.blacklist_entry b
             where b.customer_id = p.customer_id and b.state = 'active')
       and not exists (select from doc.contact_refusal f where f.customer_id = p.customer_id
             and f.state = 'active' and f.channel in ('all', p.channel))
     order by p.key
    on conflict do nothing
    returning t as r
  ), logged as (
    insert into api.change (document, key, version, action, outlet_id, actor, state, effective_at, after)
    select 'contact_task', (r).contact_task_id, 1, 'open', (r).outlet_id, p_subject, 'open', (r).effective_at,
           api.plain_contact_task(r) from written
  ), late as materialized (
    select t.contact_task_id, api.make_contact_task(t.contact_task_id, 'escalate', p_subject, now(),
             jsonb_build_object('escalated_to', r.escalate_to))
      from doc.contact_task t join doc.contact_rule r using (contact_rule_id)
     where t.state = 'open' and t.escalated_to is null and r.escalate_to is not null
       and t.due_date + coalesce(r.escalate_days, 0)::int < p_day
  )
  select (select count(*) from written), (select count(*) from late);
end $$;"""

_DAYS = """
create function api.anniversary(p_date date, p_day date) returns date language sql immutable as $$
  select case when this >= date_trunc('week', p_day) then this
              else (p_date + make_interval(years => years + 1))::date end
    from (select years, (p_date + make_interval(years => years))::date as this
            from (select extract(year from p_day)::int - extract(year from p_date)::int as years) y) t;
$$;
create function api.next_round(p_from date, p_every int, p_within int, p_day date) returns date
language sql immutable as $$
  select case when p_within is null or due - p_from <= p_within then due end
    from (select p_from + p_every
            * greatest(1, ceil((p_day - p_from)::numeric / nullif(p_every, 0)))::int) d (due);
$$;"""

# A result may lead to the next task and to another level, as the rule says or as was agreed.
_AFTER = """
create function api.after_contact_task() returns trigger language plpgsql as $$
declare v record; v_level text; v_due date; v_next doc.contact_task;
begin
  if new.state <> 'done' or old.state = 'done' then return null; end if;
  select o.* into v from doc.contact_rule r cross join lateral jsonb_to_recordset(r.outcomes)
      as o (result text, next_days int, level_after text)
   where r.contact_rule_id = new.contact_rule_id and o.result = new.result limit 1;
  v_level := coalesce(new.level_after, v.level_after);
  v_due := coalesce(new.next_due_date, new.effective_at::date + v.next_days);
  if v_level is not null and new.lead_id is not null then
    perform api.make_lead(new.lead_id, 'amend', new.updated_by, new.effective_at,
      jsonb_build_object('level', v_level));
  end if;
  if v_due is not null then
    with written as (
      insert into doc.contact_task as t (contact_task_id, outlet_id, state, version, effective_at, created_at,
        created_by, updated_at, updated_by, rule_code, contact_rule_id, lead_id, customer_id, vin, staff_id,
        cause, cause_key, previous_task_id, due_date, channel, level_before)
      values ('CT-' || md5(new.contact_task_id || '|next'), new.outlet_id, 'open', 1, new.effective_at, now(),
        new.updated_by, now(), new.updated_by, new.rule_code, new.contact_rule_id, new.lead_id,
        new.customer_id, new.vin, new.staff_id, new.cause, new.cause_key, new.contact_task_id, v_due,
        new.channel, v_level)
      returning t as r
    )
    insert into api.change (document, key, version, action, outlet_id, actor, state, effective_at, after)
    select 'contact_task', (r).contact_task_id, 1, 'open', (r).outlet_id, new.updated_by, 'open',
           (r).effective_at, api.plain_contact_task(r) from written;
  end if;
  return null;
end $$;"""


# Overdue first, then by day; a task shows up on the day it reminds.
_WORK_LIST = f"""
create function api.work_list(p_scope text, p_outlets text[], p_subject text, p_day date, p_limit int)
returns text language plpgsql as $$
begin{SET_SCOPE}
  return (select coalesce(jsonb_agg(entry order by due_date, contact_task_id), '[]')::text from (
    select t.due_date, t.contact_task_id, jsonb_build_object('contact_task_id', t.contact_task_id,
      'version', t.version, 'outlet_id', t.outlet_id, 'rule_code', t.rule_code, 'due_date', t.due_date,
      'is_overdue', t.due_date < p_day, 'escalated_to', t.escalated_to, 'lead_id', t.lead_id,
      'customer_id', t.customer_id, 'vin', t.vin, 'staff_id', t.staff_id, 'channel', t.channel,
      'estimate', t.estimate, 'level_before', t.level_before) as entry
      from doc.contact_task t
     where t.state = 'open' and coalesce(t.remind_date, t.due_date) <= p_day
     order by t.due_date, t.contact_task_id limit p_limit) e);
end $$;"""


def follow_up_functions(contact_rule_columns: str) -> Iterator[str]:
    yield _DAYS
    yield _GENERATE.replace("{columns}", contact_rule_columns)
    yield _AFTER
    yield _WORK_LIST
    yield (
        "create trigger after_write after update of state on doc.contact_task "
        "for each row execute function api.after_contact_task()"
    )
