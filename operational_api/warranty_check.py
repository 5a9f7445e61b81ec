"""Automatic validation of warranty claims: rules in force judge a claim in the write that submits it.

In: `warranty_rule` documents of the outlet's market on the day of submission. Out: SQL text of a
trigger. A claim that keeps all of them is `auto_checked` by itself; one that fails is returned or rejected
with the rule's reason, and the text says what was found. Without any rule it waits for a person, as before.
"""

from __future__ import annotations

from collections.abc import Iterator


def warranty_check_functions(rule_columns: str) -> Iterator[str]:
    """`rule_columns`: of the rule's table, which `with ordinality` wants named."""
    yield _CHECK.replace("{columns}", rule_columns)
    yield (
        "create trigger auto_check after update of state on doc.warranty_claim for each row "
        "when (coalesce(current_setting('dms.history', true), '') <> 'on') "  # what was decided is in it
        "execute function api.check_warranty_claim()"
    )


# A rejection goes before a return, and each names its first reason; the text lists all that failed.
_CHECK = """
create function api.check_warranty_claim() returns trigger language plpgsql as $$
declare v record;
begin
  if new.state <> 'submitted' or old.state = 'submitted' then return null; end if;
  with rule as (
    select distinct on (r.check_kind) r.* from doc.outlet o
      cross join lateral api.rule_warranty_rule(new.submitted_date, o.market, null, null, null)
      with ordinality as r ({columns}, nth)
     where o.outlet_code = new.outlet_id and (r.currency is null or r.currency = new.currency)
     order by r.check_kind, nth
  ), judged as (
    select r.*, case r.check_kind
        when 'late_claim' then new.submitted_date - new.repaired_date
        when 'out_of_time' then new.repaired_date - (select min(d.warranty_start_date)
          from doc.retail_delivery d where d.vin = new.vin and d.state in ('reported', 'audited'))
        when 'out_of_distance' then new.odometer_km
        when 'no_pre_authorisation' then case when new.pre_authorisation_id is null
          then new.labour_minor + new.parts_minor + coalesce(new.sublet_minor, 0) end end as measured
      from rule r
  )
  select count(*) as rules, count(*) filter (where measured > most) as failed,
         (array_agg(outcome order by outcome = 'reject' desc, check_kind)
           filter (where measured > most))[1] as outcome,
         (array_agg(reason order by outcome = 'reject' desc, check_kind)
           filter (where measured > most))[1] as reason,
         string_agg(format('%s: %s, at most %s (%s)', check_kind, measured, most, reason), '; '
           order by check_kind) filter (where measured > most) as text
    into v from judged;
  if v.rules = 0 then return null; end if;
  perform api.make_warranty_claim(new.warranty_claim_id, coalesce(v.outcome, 'auto_check'), new.updated_by,
    new.effective_at, jsonb_strip_nulls(jsonb_build_object('reason', v.reason,
      'decided_date', case v.outcome when 'reject' then new.submitted_date end,
      'check_result', coalesce(v.text, format('passed %s rules', v.rules)))));
  return null;
end $$;"""
