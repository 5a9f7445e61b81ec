"""The guard of scenarios: locks name one place, a signature stands for the version that is there, and nothing
is promoted before the functions of the rule in force have signed it.

In: `plan_scenario`, `plan_signature`, `plan_signoff_rule`. Out: SQL text of triggers. A scenario that changes
has another version, so what was signed before no longer counts; without a rule nobody needs to sign.
History is taken as it happened elsewhere, under rules of its own day.
"""

from __future__ import annotations

from collections.abc import Iterator


def plan_signature_functions() -> Iterator[str]:
    yield _SCENARIO
    yield (
        "create trigger keep_signed after insert or update on doc.plan_scenario "
        "for each row execute function api.check_plan_scenario()"
    )
    yield _SIGNATURE
    yield (
        "create trigger keep_version after insert on doc.plan_signature "
        "for each row when (coalesce(current_setting('dms.history', true), '') <> 'on') "
        "execute function api.check_plan_signature()"
    )


_SCENARIO = """
create function api.check_plan_scenario() returns trigger language plpgsql as $$
declare v doc.plan_signoff_rule; v_missing text;
begin
  if exists (select from jsonb_array_elements(coalesce(new.locks, '[]')) l
              where ((l ->> 'outlet_code') is null) = ((l ->> 'market') is null)) then
    perform api.refuse('invalid', 'a lock is of one place', 'locks',
      'either an outlet or a market, not both', 'name one of the two in each lock');
  end if;
  if new.state <> 'promoted' then return null; end if;
  if tg_op = 'UPDATE' and old.state = 'promoted' then return null; end if;
  if current_setting('dms.history', true) = 'on' then return null; end if;
  select r.* into v from api.rule_plan_signoff_rule(current_date, null, null, null, null) r limit 1;
  if not found then return null; end if;
  select string_agg(format('%s (%s)', f ->> 'function', f ->> 'signer_grant'), ', ' order by f ->> 'function')
    into v_missing from jsonb_array_elements(v.functions) f
   where not exists (select from doc.plan_signature s
                      where s.plan_scenario_id = new.plan_scenario_id and s.state = 'signed'
                        and tg_op = 'UPDATE' and s.scenario_version = old.version
                        and s.function = f ->> 'function');
  if v_missing is not null then
    perform api.refuse('conflict', format('%s waits for signatures: %s', new.plan_scenario_id, v_missing),
      'state', format('functions that %s requires have not signed this version', v.plan_signoff_rule_id),
      'have them sign the version that is to be promoted');
  end if;
  return null;
end $$;"""

# Whoever signs holds the grant that the rule names; nobody signs one version for two functions.
_SIGNATURE = """
create function api.check_plan_signature() returns trigger language plpgsql as $$
declare v_version int; v_state text; v_grant text;
begin
  perform pg_advisory_xact_lock(hashtextextended('plan_signature' || chr(31) || new.plan_scenario_id, 0));
  select s.version, s.state into v_version, v_state from doc.plan_scenario s
   where s.plan_scenario_id = new.plan_scenario_id for update;
  if v_state is distinct from 'draft' or v_version <> new.scenario_version then
    perform api.refuse('conflict', format('%s stands at version %s, %s', new.plan_scenario_id, v_version,
      v_state), 'scenario_version', 'a draft is signed as it stands', 'read it again and sign that version');
  end if;
  select f ->> 'signer_grant' into v_grant
    from (select r.functions from api.rule_plan_signoff_rule(current_date, null, null, null, null) r
           limit 1) r, jsonb_array_elements(r.functions) f
   where f ->> 'function' = new.function;
  if not found then
    perform api.refuse('conflict', format('no rule in force asks %s to sign', new.function), 'function',
      'the functions that sign are those of the rule', 'have a sign-off rule activated');
  end if;
  if not exists (select from api.account a where a.subject = new.created_by and a.revoked_at is null
                  and v_grant = any (a.grants)) then
    perform api.refuse('not_allowed', format('%s does not sign for %s', new.created_by, new.function),
      'function', format('whoever signs holds %s', v_grant), 'have somebody else sign');
  end if;
  if exists (select from doc.plan_signature s where s.plan_scenario_id = new.plan_scenario_id
              and s.scenario_version = new.scenario_version and s.state = 'signed'
              and s.created_by = new.created_by and s.plan_signature_id <> new.plan_signature_id) then
    perform api.refuse('not_allowed', 'you signed this version for another function', 'function',
      'nobody signs twice', 'have somebody else sign');
  end if;
  return null;
end $$;"""
