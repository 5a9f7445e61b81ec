"""The fund ledger inside the database: what an entry does to a balance, and which documents make entries.

In: the declarations' `postings`, `pays_from` and `covered`, and the kinds of `fund_entry`. Out: SQL text of
functions and triggers that run inside the one statement of a write, for the types that move money and for no
other. Every entry takes the row of its account in `api.fund_balance` first, so that whoever spends sees what
was spent before; only these functions, with their owner's rights, write that row.
"""

from __future__ import annotations

from collections.abc import Iterator

from operational_api.document import Document
from operational_api.documents import BY_NAME
from operational_api.documents.fund_entry import LEGS
from operational_api.effect import Posting

# What the owner's functions must see of tables whose row-level security binds the owner too.
OWNER_READS = ("doc.credit_line", "doc.fund_entry", "doc.fund_account")
_HELD = "case e.kind when 'hold' then e.amount_minor when 'release' then -e.amount_minor " + (
    "when 'debit' then -e.amount_minor else 0 end"
)


def ledger_functions() -> Iterator[str]:
    """What is there once."""
    yield _credit_function()
    yield _POST_FUNCTION.replace("{legs}", _legs())
    yield "create trigger post before insert on doc.fund_entry for each row execute function api.post_entry()"
    yield _ACCOUNT_FUNCTION
    yield (
        "create trigger account after insert or update of state on doc.fund_account "
        "for each row execute function api.keep_account()"
    )
    yield _CREDIT_CHANGE_FUNCTION
    yield (
        "create trigger credit before insert or update of state on doc.credit_line "
        "for each row execute function api.lock_for_credit()"
    )
    yield _ENTER_FUNCTION
    yield _PAYER_FUNCTION
    yield _LOCK_FUNCTION
    yield _funds_function()
    yield _faults_function()


def moves_money(document: Document) -> bool:
    return bool(document.postings or document.covered)


def money_effects(document: Document) -> str:
    """What entering a state does to money: part of the body of `api.after_T`."""
    return "".join(_posting(document, p) for p in document.postings) + _covered(document)


# --- one account ----------------------------------------------------------------------------------


def _credit_function() -> str:
    """Limits of the lines that are active today."""
    return """
create function api.credit_in_force(p_account text) returns bigint language sql stable as $$
  select coalesce(sum(limit_minor), 0)::bigint from doc.credit_line
   where fund_account_id = p_account and state = 'active'
     and current_date between valid_from_date and coalesce(valid_to_date, 'infinity');
$$;"""


def _legs() -> str:
    return ", ".join(f"('{kind}', '{source}', '{target}')" for kind, (source, target) in LEGS.items())


# An entry that lowers what is usable needs it to be there, credit included; one that raises it never fails.
_POST_FUNCTION = f"""
create function api.post_entry() returns trigger language plpgsql security definer
set search_path = pg_catalog as $$
declare b record; v_from text; v_to text; v_credit bigint; v_held bigint; v_usable numeric;
begin
  select l.source, l.target into strict v_from, v_to
    from (values {{legs}}) l (kind, source, target) where l.kind = new.kind;
  select * into b from api.fund_balance where fund_account_id = new.fund_account_id for update;
  if b.outlet_id is distinct from new.outlet_id or b.currency is distinct from new.currency then
    perform api.refuse('invalid', 'the account is another outlet''s or in another currency',
      'fund_account_id', format('kept for %s in %s', b.outlet_id, b.currency), 'name an account of its own');
  end if;
  if b.state = 'closed' or (b.state = 'frozen' and v_from = 'available') then
    perform api.refuse('no_funds', format('account %s is %s', new.fund_account_id, b.state),
      'fund_account_id', format('the account is %s', b.state), 'ask the maker''s finance');
  end if;
  if v_from = 'available' then
    v_credit := api.credit_in_force(new.fund_account_id);
    v_usable := b.available_minor::numeric + v_credit;
    if v_usable < new.amount_minor then
      perform api.refuse('no_funds',
        format('%s %s needed on %s, %s usable (cash %s + credit %s; %s held)', new.amount_minor,
          new.currency, new.fund_account_id, v_usable, b.available_minor, v_credit, b.held_minor),
        'amount_minor', format('%s more than is usable', new.amount_minor - v_usable),
        'pay in, ask for credit, or order less');
    end if;
  end if;
  if v_from = 'held' then
    select coalesce(sum({_HELD}), 0) into v_held from doc.fund_entry e
     where e.fund_account_id = new.fund_account_id and e.cause = new.cause and e.cause_key = new.cause_key;
    if v_held < new.amount_minor then
      perform api.refuse('no_funds', format('only %s held for %s', v_held, new.cause_key),
        'amount_minor', format('at most %s is held', v_held), 'correct the amount or its cause');
    end if;
  elsif v_to = 'held' and (new.cause is null or new.cause_key is null) then
    perform api.refuse('invalid', 'money is held for a document', 'cause_key', 'required to hold',
      'name cause and cause_key');
  end if;
  update api.fund_balance set entries = entries + 1,
    available_minor = available_minor + new.amount_minor
      * ((v_to = 'available')::int - (v_from = 'available')::int),
    held_minor = held_minor + new.amount_minor * ((v_to = 'held')::int - (v_from = 'held')::int)
   where fund_account_id = new.fund_account_id;
  return new;
end $$;"""

_ACCOUNT_FUNCTION = """
create function api.keep_account() returns trigger language plpgsql security definer
set search_path = pg_catalog as $$
declare b record;
begin
  if tg_op = 'INSERT' then
    insert into api.fund_balance (fund_account_id, outlet_id, fund_type, earmark, currency, state)
    values (new.fund_account_id, new.outlet_id, new.fund_type, new.earmark, new.currency, new.state)
    on conflict do nothing;
    if not found then
      perform api.refuse('conflict', 'the outlet has this account already', 'fund_type',
        'one account per outlet, fund type, earmark and currency', 'use the account that is there');
    end if;
    return null;
  end if;
  select * into b from api.fund_balance where fund_account_id = new.fund_account_id for update;
  if new.state = 'closed' and (b.available_minor <> 0 or b.held_minor <> 0) then
    perform api.refuse('conflict', format('%s available and %s held', b.available_minor, b.held_minor),
      'state', 'an account is closed when it is empty', 'pay out, or transfer, what is left');
  end if;
  update api.fund_balance set state = new.state where fund_account_id = new.fund_account_id;
  return null;
end $$;"""

# A limit changes while nobody spends from the account.
_CREDIT_CHANGE_FUNCTION = """
create function api.lock_for_credit() returns trigger language plpgsql security definer
set search_path = pg_catalog as $$
declare b record;
begin
  select * into b from api.fund_balance where fund_account_id = new.fund_account_id for update;
  if b.outlet_id is distinct from new.outlet_id or b.currency is distinct from new.currency then
    perform api.refuse('invalid', 'the account is another outlet''s or in another currency',
      'fund_account_id', format('kept for %s in %s', b.outlet_id, b.currency), 'name an account of its own');
  end if;
  return new;
end $$;"""


# --- entries that documents make ------------------------------------------------------------------

_ENTER_FUNCTION = """
create function api.enter(p_outlet text, p_account text, p_kind text, p_amount bigint, p_currency text,
  p_cause text, p_key text, p_by text, p_at timestamptz) returns void language plpgsql as $$
declare v doc.fund_entry;
begin
  insert into doc.fund_entry (fund_entry_id, outlet_id, state, version, effective_at, created_at, created_by,
    updated_at, updated_by, fund_account_id, kind, amount_minor, currency, cause, cause_key)
  values (gen_random_uuid()::text, p_outlet, 'posted', 1, p_at, now(), p_by, now(), p_by, p_account, p_kind,
    p_amount, p_currency, p_cause, p_key)
  returning * into v;
  insert into api.change (document, key, version, action, outlet_id, actor, state, effective_at, after)
  values ('fund_entry', v.fund_entry_id, 1, 'open', p_outlet, p_by, 'posted', p_at, api.plain_fund_entry(v));
end $$;"""

# Null: the outlet keeps no funds here, so a person checks. An outlet that keeps some needs the right one.
_PAYER_FUNCTION = """
create function api.payer(p_outlet text, p_fund_type text, p_earmark text, p_currency text)
returns text language plpgsql as $$
declare v text;
begin
  select b.fund_account_id into v from api.fund_balance b
   where b.outlet_id = p_outlet and b.fund_type = p_fund_type and b.earmark in (p_earmark, 'any')
     and b.currency = p_currency and b.state <> 'closed'
   order by (b.earmark = p_earmark) desc limit 1;
  if v is null and exists (select from api.fund_balance b where b.outlet_id = p_outlet) then
    perform api.refuse('no_funds',
      format('%s has no account of %s for %s in %s', p_outlet, p_fund_type, p_earmark, p_currency),
      'fund_type', 'no such account', 'name a fund type the outlet has, or have the account opened');
  end if;
  return v;
end $$;"""

# A call of many lines takes its accounts in one order, so that two calls never wait for each other in a ring.
_LOCK_FUNCTION = """
create function api.lock_accounts(p_outlets text[]) returns void language plpgsql security definer
set search_path = pg_catalog as $$
begin
  perform from api.fund_balance where outlet_id = any (p_outlets) order by fund_account_id for update;
end $$;"""


def _posting(document: Document, posting: Posting) -> str:
    came_back = "".join(f" and v_from is distinct from '{s}'" for s in posting.leaving)
    if posting.when is not None:
        came_back += " and new.{} = '{}'".format(*posting.when)
    head = f"if new.state = '{posting.into}'{came_back} then"
    cause = f"'{document.name}', new.{document.key}, new.updated_by, new.effective_at"
    if posting.amount is None:
        return f"""
  {head}
    for v in select e.fund_account_id, e.currency, sum({_HELD})::bigint as held from doc.fund_entry e
              where e.cause = '{document.name}' and e.cause_key = new.{document.key}
              group by 1, 2 having sum({_HELD}) > 0 order by 1 loop
      perform api.enter(new.outlet_id, v.fund_account_id, '{posting.entry}', v.held, v.currency, {cause});
    end loop;
  end if;"""
    if posting.held_for is not None:
        return _part_of_held(document, posting, head)
    enter = f"perform api.enter(new.outlet_id, {{}}, '{posting.entry}', new.{posting.amount}, new.currency, "
    if document.pays_from is None:
        return f"""
  {head}
    {enter.format("new." + posting.account)}{cause});
  end if;"""
    source, earmark = document.pays_from.fund_type, document.pays_from.earmark
    return f"""
  {head[:-5]} and new.{source} is not null and new.{posting.amount} > 0 then
    v_account := api.payer(new.outlet_id, new.{source}, '{earmark}', new.currency);
    if v_account is not null then
      {enter.format("v_account")}{cause});
      select b.available_minor + new.{posting.amount} as available,
             b.held_minor - new.{posting.amount} as held into v
        from api.fund_balance b where b.fund_account_id = v_account;
      {_then(document, posting)}
    end if;
  end if;"""


def _part_of_held(document: Document, posting: Posting, head: str) -> str:
    """Part of what another document holds; an outlet that keeps no funds holds nothing."""
    other = document.by_name[posting.held_for or ""].ref
    amount = f"new.{posting.amount}" + (f" * new.{posting.times}" if posting.times else "")
    amount = f"coalesce({amount}, 0)"  # least() would pass over a null
    return f"""
  {head}
    for v in select e.fund_account_id, e.currency, least(sum({_HELD}), {amount})::bigint as part
              from doc.fund_entry e where e.cause = '{other}' and e.cause_key = new.{posting.held_for}
              group by 1, 2 having least(sum({_HELD}), {amount}) > 0 order by 1 loop
      perform api.enter(new.outlet_id, v.fund_account_id, '{posting.entry}', v.part, v.currency,
        '{other}', new.{posting.held_for}, new.updated_by, new.effective_at);
    end loop;
  end if;"""


def _then(document: Document, posting: Posting) -> str:
    if posting.then is None:
        return ""
    return f"""perform api.make_{document.name}(new.{document.key}, '{posting.then}', new.updated_by,
        new.effective_at, jsonb_build_object('fund_account_id', v_account,
          'fund_available_minor', v.available, 'fund_credit_minor', api.credit_of(v_account),
          'fund_held_minor', v.held, 'fund_checked_at', now()));"""


def _covered(document: Document) -> str:
    """The parent's row is taken first: two parts of one whole are judged one after the other."""
    rule = document.covered
    if rule is None:
        return ""
    parent = BY_NAME[document.by_name[rule.parent].ref or ""]
    states = ", ".join(f"'{s}'" for s in rule.states)
    then = f"""
    if v.parts = v.whole then
      perform api.make_{parent.name}(new.{rule.parent}, '{rule.then}', new.updated_by,
        new.effective_at, '{{}}');
    end if;"""
    return f"""
  if new.state in ({states}) then
    select p.{rule.whole} as whole, p.currency, p.outlet_id, 0::numeric as parts into v
      from doc.{parent.name} p where p.{parent.key} = new.{rule.parent} for update;
    if v.currency <> new.currency or v.outlet_id <> new.outlet_id then
      perform api.refuse('invalid', 'currency and outlet are those of the {parent.name}', '{rule.parent}',
        format('it is of %s in %s', v.outlet_id, v.currency), 'correct it');
    end if;
    select sum(c.{rule.amount}) into v.parts from doc.{document.name} c
     where c.{rule.parent} = new.{rule.parent} and c.state in ({states});
    if v.parts > v.whole then
      perform api.refuse('conflict', format('%s would be allocated of %s', v.parts, v.whole), '{rule.amount}',
        'all parts together stay within the {parent.name}', 'allocate less');
    end if;{then if rule.then else ""}
  end if;"""


# --- reading --------------------------------------------------------------------------------------


def _funds_function() -> str:
    """What an outlet can spend, account by account; in scope by row-level security."""
    return """
create function api.credit_of(p_account text) returns bigint language sql stable security definer
set search_path = pg_catalog as $$ select api.credit_in_force(p_account); $$;
create function api.funds(p_scope text, p_outlets text[], p_subject text) returns text
language plpgsql as $$
begin
  perform set_config('dms.scope', p_scope, true), set_config('dms.outlets', p_outlets::text, true),
          set_config('dms.subject', p_subject, true);
  return (select coalesce(jsonb_agg(jsonb_build_object('fund_account_id', b.fund_account_id,
      'outlet_id', b.outlet_id, 'fund_type', b.fund_type, 'earmark', b.earmark, 'currency', b.currency,
      'state', b.state, 'available_minor', b.available_minor, 'held_minor', b.held_minor,
      'credit_minor', c.credit, 'usable_minor', b.available_minor + c.credit, 'entries', b.entries)
      order by b.outlet_id, b.fund_type, b.earmark, b.currency), '[]')::text
    from api.fund_balance b cross join lateral (select api.credit_of(b.fund_account_id) as credit) c);
end $$;"""


def _faults_function() -> str:
    """Accounts whose running balance is not the sum of their entries; there are none, or something broke."""
    return f"""
create function api.fund_faults() returns table (fund_account_id text, what text) language sql stable
security definer set search_path = pg_catalog as $$
  with sums as (
    select e.fund_account_id, count(*) as entries,
      sum(e.amount_minor * ((l.target = 'available')::int - (l.source = 'available')::int)) as available,
      sum(e.amount_minor * ((l.target = 'held')::int - (l.source = 'held')::int)) as held
      from doc.fund_entry e join (values {_legs()}) l (kind, source, target) using (kind) group by 1
  )
  select b.fund_account_id, format('balance %s/%s of %s entries, ledger %s/%s of %s', b.available_minor,
         b.held_minor, b.entries, s.available, s.held, s.entries)
    from api.fund_balance b left join sums s using (fund_account_id)
   where (b.available_minor, b.held_minor, b.entries)
     is distinct from (coalesce(s.available, 0), coalesce(s.held, 0), coalesce(s.entries, 0));
$$;"""
