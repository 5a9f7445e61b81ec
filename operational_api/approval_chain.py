"""Approval chains inside the database: opened by rule, decided step by step, complete or refused.

In: the declarations' `approval`; the documents `approval_rule`, `approval`, `delegation`. Out: SQL text.
A document that enters the state in which its move waits gets the approvals of the rule in force; granting the
last one makes the move, refusing one makes the move for refusals. Nobody decides on his own request, and
nobody signs twice.
"""

from __future__ import annotations

from collections.abc import Iterator

from operational_api.document import Document, Move
from operational_api.documents import DOCUMENTS


def approval_functions() -> Iterator[str]:
    yield _HOLDS
    yield _OPEN
    yield _DEMAND
    yield _LAPSE
    yield _decide_function()
    yield (
        "create trigger after_write after update of state on doc.approval "
        "for each row execute function api.after_approval()"
    )
    yield _rule_guard()
    yield (
        "create trigger guard before insert or update on doc.approval_rule "
        "for each row execute function api.guard_approval_rule()"
    )
    yield _INBOX


def chain_guard(document: Document) -> str:
    """A document that leaves the waiting state by the move itself must have its chain complete."""
    if document.approval is None:
        return ""
    move = _move(document, document.approval.move)
    key = f"'{document.name}', new.{document.key}"
    return f"""
  if v_from in ({_texts(move.sources)}) and new.state not in ({_texts(move.sources)}) then
    if new.state = '{move.target}' then perform api.demand_chain({key});
    else perform api.lapse_chain({key}, new.updated_by, new.effective_at); end if;
  end if;"""


def chain_effects(document: Document) -> str:
    """Entering the waiting state opens the chain; one that is complete at once makes the move."""
    rule = document.approval
    if rule is None:
        return ""
    move = _move(document, rule.move)
    order_type = f"new.{rule.order_type}" if rule.order_type else "null"
    amount, currency = (f"new.{rule.amount}", "new.currency") if rule.amount else ("null", "null")
    make = (
        f"perform api.make_{document.name}(new.{document.key}, '{move.name}', new.updated_by, "
        "new.effective_at, '{}');"
    )
    return f"""
  if new.state in ({_texts(move.sources)}) and coalesce(v_from, '') not in ({_texts(move.sources)}) then
    if api.open_chain('{document.name}', new.{document.key}, new.version, new.outlet_id, new.created_by,
        new.updated_by, {order_type}, {amount}, {currency}, new.effective_at) then
      {"null;" if move.needs else make}
    end if;
  end if;"""


def _move(document: Document, name: str) -> Move:
    return next(m for m in document.moves if m.name == name)


def _texts(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{v}'" for v in values)


# Whoever holds the grant, and whoever stands in today for somebody who holds it and reaches the outlet.
_HOLDS = """
create function api.holds(p_grant text, p_by text, p_grants text[], p_outlet text) returns boolean
language sql stable as $$
  select p_grant = any (p_grants) or exists (
    select from doc.delegation d join api.account a on a.subject = d.created_by and a.revoked_at is null
     where d.state = 'active' and d.to_subject = p_by and d.approver_grant = p_grant
       and current_date between d.valid_from_date and d.valid_to_date and p_grant = any (a.grants)
       and (a.outlets is null or p_outlet = any (a.outlets))
       and (a.region_path is null or exists (select from doc.outlet o where o.outlet_code = p_outlet
              and (o.region_path = a.region_path or starts_with(o.region_path, a.region_path || '/')))));
$$;"""

# True when nothing has to be waited for because the rule says so; false without a rule, too.
_OPEN = """
create function api.open_chain(p_document text, p_key text, p_version int, p_outlet text, p_author text,
  p_asked_by text, p_order_type text, p_amount bigint, p_currency text, p_at timestamptz)
returns boolean language plpgsql as $$
declare v doc.approval_rule;
begin
  select r.* into v from doc.outlet o
    cross join lateral api.rule_approval_rule(p_at::date, o.market, p_order_type, p_amount, p_currency) r
   where o.outlet_code = p_outlet and r.document_type = p_document limit 1;
  if v.approval_rule_id is null then return false; end if;
  with step as (
    select (s ->> 'step_no')::int as no, s ->> 'approver_grant' as grant_name
      from jsonb_array_elements(v.steps) s where v.mode <> 'automatic'
    union all select 0, null where v.mode = 'automatic'
  ), written as (
    insert into doc.approval as t (approval_id, outlet_id, state, version, effective_at, created_at,
      created_by, updated_at, updated_by, document_type, document_key, round, approval_rule_id, mode, step_no,
      approver_grant, author, asked_by, amount_minor, currency)
    select api.derived_key(replace(p_document, '_', '-') || '.' || p_key, p_version || '.' || no), p_outlet,
      case when v.mode = 'automatic' then 'automatic'
        when v.mode = 'serial' and no > (select min(no) from step) then 'waiting' else 'open' end,
      1, p_at, now(), p_asked_by, now(), p_asked_by, p_document, p_key, p_version, v.approval_rule_id, v.mode,
      no, grant_name, p_author, p_asked_by, p_amount, p_currency from step
    returning t as r
  )
  insert into api.change (document, key, version, action, outlet_id, actor, state, effective_at, after)
  select 'approval', (r).approval_id, 1, 'open', p_outlet, p_asked_by, (r).state, p_at, api.plain_approval(r)
    from written;
  return v.mode = 'automatic';
end $$;"""

_DEMAND = """
create function api.demand_chain(p_document text, p_key text) returns void language plpgsql as $$
declare v_waits text;
begin
  select string_agg(format('step %s (%s) is %s', step_no, approver_grant, state), ', ' order by step_no)
    into v_waits from doc.approval a
   where a.document_type = p_document and a.document_key = p_key and a.state in ('open', 'waiting', 'refused')
     and a.round = (select max(round) from doc.approval m
                     where m.document_type = p_document and m.document_key = p_key);
  if v_waits is not null then
    perform api.refuse('conflict', format('%s %s waits for its approvals: %s', p_document, p_key, v_waits),
      'state', 'the chain of approvals is not complete', 'have the open steps decided');
  end if;
end $$;"""

_LAPSE = """
create function api.lapse_chain(p_document text, p_key text, p_by text, p_at timestamptz)
returns void language sql as $$
  select api.make_approval(a.approval_id, 'lapse', p_by, p_at, '{}') from doc.approval a
   where a.document_type = p_document and a.document_key = p_key and a.state in ('open', 'waiting');
$$;"""


def _decide_function() -> str:
    """One decision at a time per document: the second of two that come together sees the first."""
    granted = refused = ""
    for document in (d for d in DOCUMENTS if d.approval):
        rule = document.approval
        assert rule is not None
        call = (
            f"perform api.make_{document.name}(new.document_key, '{{}}', new.updated_by, new.effective_at, "
        )
        if not _move(document, rule.move).needs:
            granted += f"\n      when '{document.name}' then {call.format(rule.move)}'{{}}');"
        if rule.otherwise:
            reason = f"jsonb_build_object('{rule.reason}', new.comment)" if rule.reason else "'{}'"
            refused += f"\n      when '{document.name}' then {call.format(rule.otherwise)}{reason});"
    return f"""
create function api.after_approval() returns trigger language plpgsql as $$
declare v_next text;
begin
  if new.state = old.state or new.state not in ('granted', 'refused') then return null; end if;
  perform pg_advisory_xact_lock(hashtextextended(new.document_type || chr(31) || new.document_key, 0));
  if new.updated_by in (new.author, new.asked_by) then
    perform api.refuse('not_allowed', 'nobody decides on his own request', 'approval_id',
      'you asked for it', 'somebody else decides');
  end if;
  if exists (select from doc.approval a where a.document_type = new.document_type
       and a.document_key = new.document_key and a.round = new.round and a.approval_id <> new.approval_id
       and a.state = 'granted' and a.updated_by = new.updated_by) then
    perform api.refuse('not_allowed', 'you signed an earlier step of this chain', 'approval_id',
      'nobody signs twice', 'somebody else decides');
  end if;
  if new.state = 'refused' or new.mode = 'any_of' then
    perform api.lapse_chain(new.document_type, new.document_key, new.updated_by, new.effective_at);
  end if;
  if new.state = 'refused' then
    case new.document_type{refused}
      else null;
    end case;
    return null;
  end if;
  if new.mode = 'serial' then
    select a.approval_id into v_next from doc.approval a where a.document_type = new.document_type
       and a.document_key = new.document_key and a.round = new.round and a.state = 'waiting'
     order by a.step_no limit 1;
    if found then
      perform api.make_approval(v_next, 'begin', new.updated_by, new.effective_at, '{{}}');
    end if;
  end if;
  if not exists (select from doc.approval a where a.document_type = new.document_type
       and a.document_key = new.document_key and a.round = new.round and a.state in ('open', 'waiting')) then
    case new.document_type{granted}
      else null;
    end case;
  end if;
  return null;
end $$;"""


def _rule_guard() -> str:
    """A chain without steps, or an amount without a currency, would never do what it says."""
    return """
create function api.guard_approval_rule() returns trigger language plpgsql as $$
begin
  if new.mode <> 'automatic' and jsonb_array_length(coalesce(new.steps, '[]')) = 0 then
    perform api.refuse('invalid', 'a chain has steps', 'steps', 'required unless automatic', 'send steps');
  end if;
  if (new.amount_from_minor is not null or new.amount_to_minor is not null) and new.currency is null then
    perform api.refuse('invalid', 'an amount has a currency', 'currency', 'required with an amount',
      'send it');
  end if;
  return new;
end $$;"""


# What the caller may decide now, oldest first, with what it is about.
_INBOX = """
create function api.inbox(p_scope text, p_outlets text[], p_subject text, p_grants text[], p_limit int)
returns text language plpgsql as $$
begin
  perform set_config('dms.scope', p_scope, true), set_config('dms.outlets', p_outlets::text, true),
          set_config('dms.subject', p_subject, true);
  return (select coalesce(jsonb_agg(entry order by created_at, approval_id), '[]')::text from (
    select a.created_at, a.approval_id, jsonb_build_object('approval_id', a.approval_id, 'version', a.version,
      'outlet_id', a.outlet_id, 'document_type', a.document_type, 'document_key', a.document_key,
      'mode', a.mode, 'step_no', a.step_no, 'approver_grant', a.approver_grant, 'asked_by', a.asked_by,
      'asked_at', a.created_at, 'amount_minor', a.amount_minor, 'currency', a.currency,
      'stands_in', not a.approver_grant = any (p_grants)) as entry
      from doc.approval a
     where a.state = 'open' and p_subject not in (a.author, a.asked_by)
       and api.holds(a.approver_grant, p_subject, p_grants, a.outlet_id)
     order by a.created_at, a.approval_id limit p_limit) e);
end $$;"""
