"""Rules of the workshop, judged in the write of a repair order: labour by the book, and the three guarantees.

In: the documents `labor_operation`, `labor_rate`, `three_guarantees_rule` in force in the outlet's market on
the day of the write, and the car's other repair orders, wherever they were. Out: SQL text of two functions
and of one trigger before the write. Without rules nothing is refused and nothing is noted.
"""

from __future__ import annotations

from collections.abc import Iterator

# The law counts repairs at every outlet; the counting function reads them with its owner's rights.
OWNER_COUNTS = ("doc.repair_order",)


def workshop_functions() -> Iterator[str]:
    yield _CHECK_LABOUR
    yield _COUNT
    yield _JUDGE
    yield (
        "create trigger judge_repair before insert or update of state on doc.repair_order for each row "
        "when (coalesce(current_setting('dms.history', true), '') <> 'on') "
        "execute function api.judge_repair_order()"
    )


# Hours bind where the maker pays; the rate binds everybody upwards. What the book does not know for this car
# the maker does not pay; who pays himself may, and the order notes it. An empty book knows and asks nothing.
_CHECK_LABOUR = """
create function api.check_labour(r doc.repair_order) returns text language plpgsql as $$
declare v_car record; l jsonb; v_hours numeric; v_rate bigint; v_most bigint; v_has_book boolean;
  v_unknown text[] := '{}';
begin
  if jsonb_array_length(coalesce(r.labour, '[]')) = 0 then return null; end if;
  v_has_book := exists (select from api.rule_labor_operation(r.effective_at::date, null, null, null, null));
  select p.series, p.model into v_car from doc.vehicle v join doc.product p using (product_id)
   where v.vin = r.vin;
  for l in select jsonb_array_elements(r.labour) loop
    select o.standard_hours into v_hours
      from api.rule_labor_operation(r.effective_at::date, null, null, null, null) o
     where o.operation = l ->> 'operation' and (o.series is null or o.series = v_car.series)
       and (o.model is null or o.model = v_car.model)
     order by (o.series is not null)::int + (o.model is not null)::int desc, o.effective_from_date desc,
       o.labor_operation_id desc limit 1;
    if v_has_book and not found then
      v_unknown := v_unknown || (l ->> 'operation');
    end if;
    if l ->> 'pay_type' in ('warranty', 'campaign') then
      if v_has_book and not found then
        perform api.refuse('conflict', format('operation %s: the labour book does not know it for this model',
            l ->> 'operation'), 'labour',
          format('what %s pays is in the labour book of this model, and %s is not', l ->> 'pay_type',
            l ->> 'operation'),
          'take the operation of the book, have this one added to it, or let another pay');
      end if;
      if (l ->> 'standard_hours')::numeric > v_hours then
        perform api.refuse('conflict', format('operation %s: %s hours, the maker allows %s',
            l ->> 'operation', l ->> 'standard_hours', trim_scale(v_hours)), 'labour',
          format('%s takes at most %s standard hours on this model', l ->> 'operation', trim_scale(v_hours)),
          'charge the standard hours, or claim the rest with a pre-authorisation');
      end if;
    end if;
    select f.rate_minor into v_rate from api.rule_labor_rate(r.effective_at::date, null, null, null, null) f
     where f.outlet_id = r.outlet_id and f.pay_type = l ->> 'pay_type' and f.currency = r.currency limit 1;
    v_most := round((l ->> 'standard_hours')::numeric * v_rate);
    if (l ->> 'amount_minor')::bigint > v_most then
      perform api.refuse('conflict', format('operation %s: %s charged, %s hours at %s are %s',
          l ->> 'operation', l ->> 'amount_minor', l ->> 'standard_hours', v_rate, v_most), 'labour',
        format('at most %s for %s hours paid by %s', v_most, l ->> 'standard_hours', l ->> 'pay_type'),
        'correct hours or amount, or have another labour rate activated');
    end if;
  end loop;
  return left('not in the labour book for this model: '
    || (select string_agg(distinct u, ', ' order by u) from unnest(v_unknown) u), 2000);
end $$;"""

# A repair counts when the warranty paid a line of it, within days and distance; a begun day is a whole one.
_COUNT = """
create function api.count_guarantees(r doc.repair_order, out same_fault_repairs bigint,
  out days_in_workshop bigint, out guarantee_state text, out guarantee_note text)
language plpgsql stable security definer set search_path = pg_catalog as $$
begin
  with rule as (
    select g.*, c.warranty_start_date as began from doc.outlet o
      join doc.vehicle c on c.vin = r.vin and c.warranty_start_date is not null
      cross join lateral api.rule_three_guarantees_rule(r.opened_at::date, o.market, null, null, null) g
     where o.outlet_code = r.outlet_id and (g.complaint_code is null or g.complaint_code = r.complaint_code)
       and r.opened_at::date between c.warranty_start_date and c.warranty_start_date + g.term_days::int
       and r.odometer_km <= g.term_km
  ), chosen as (
    select distinct on (measure) * from rule
     order by measure, (complaint_code is not null) desc, (market is not null) desc,
       effective_from_date desc, three_guarantees_rule_id desc
  ), repair as (
    select c.measure, t.complaint_code,
        greatest(1, ceil(extract(epoch from coalesce(t.ready_at, r.effective_at) - t.opened_at) / 86400))
          as days
      from chosen c join doc.repair_order t on t.vin = r.vin
     where t.repair_order_id <> r.repair_order_id and t.state <> 'cancelled' and t.opened_at <= r.opened_at
       and t.opened_at::date between c.began and c.began + c.term_days::int and t.odometer_km <= c.term_km
       and (t.labour @> '[{"pay_type": "warranty"}]' or t.parts @> '[{"pay_type": "warranty"}]')
    union all
    select c.measure, r.complaint_code,
        greatest(1, ceil(extract(epoch from coalesce(r.ready_at, r.effective_at) - r.opened_at) / 86400))
      from chosen c
  ), counted as (
    select c.*, (select case c.measure
        when 'same_fault_repairs' then count(*) filter (where p.complaint_code = r.complaint_code)
        when 'days_in_workshop' then sum(p.days) end from repair p where p.measure = c.measure)::bigint as n
      from chosen c
  )
  select max(n) filter (where measure = 'same_fault_repairs'),
         max(n) filter (where measure = 'days_in_workshop'),
         case when bool_or(n >= reached_at) then 'reached' when bool_or(n >= watch_from) then 'watch' end,
         string_agg(format('%s: %s, watched from %s, reached at %s: %s', measure, n, watch_from, reached_at,
           remedy), '; ' order by measure) filter (where n >= watch_from)
    into same_fault_repairs, days_in_workshop, guarantee_state, guarantee_note from counted;
end $$;"""

# Counted when the car comes in, so that the advisor knows, and when it is ready, with its own days; then the
# repair is one of the guarantee only if the warranty paid a line of it.
_JUDGE = """
create function api.judge_repair_order() returns trigger language plpgsql as $$
declare v record;
begin
  if tg_op = 'UPDATE' and old.state = new.state then return new; end if;
  if new.state in ('in_work', 'qc', 'ready', 'settled') then
    new.labour_note := api.check_labour(new);
  end if;
  if new.state not in ('open', 'ready') then return new; end if;
  if new.state = 'open' or new.labour @> '[{"pay_type": "warranty"}]'
     or new.parts @> '[{"pay_type": "warranty"}]' then
    select * into v from api.count_guarantees(new);
    new.same_fault_repairs := v.same_fault_repairs;
    new.days_in_workshop := v.days_in_workshop;
    new.guarantee_state := v.guarantee_state;
    new.guarantee_note := left(v.guarantee_note, 2000);
  else
    new.same_fault_repairs := null;
    new.days_in_workshop := null;
    new.guarantee_state := null;
    new.guarantee_note := null;
  end if;
  return new;
end $$;"""
