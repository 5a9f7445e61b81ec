"""What follows a write by itself, in its transaction: money, approvals, and the moves they make.

In: the declarations. Out: SQL text, for the types that declare such a thing, of one trigger after the
write (`api.after_T`) and of the move the database makes (`api.advance_T`). Other types pay nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from operational_api.approval_chain import approval_functions, chain_effects, chain_guard
from operational_api.document import Document
from operational_api.documents import DOCUMENTS
from operational_api.ledger import ledger_functions, money_effects, moves_money

_MOVED_BY_EFFECTS = frozenset({"approval", "contact_task", "lead"})


def effect_statements() -> Iterator[str]:
    yield from ledger_functions()
    for document in DOCUMENTS:
        yield from document_triggers(document)
    yield from approval_functions()


def document_triggers(document: Document) -> Iterator[str]:
    if followers(document):
        yield advance_function(document)
    if document.is_rule:
        yield rule_function(document)
    if moves_money(document) or document.approval:
        name = document.name
        yield f"""
create function api.after_{name}() returns trigger language plpgsql as $$
declare v record; v_account text; v_from text := case when tg_op = 'UPDATE' then old.state end;
begin
  if v_from = new.state then return null; end if;
  {chain_guard(document)}{money_effects(document)}{chain_effects(document)}
  return null;
end $$;"""
        yield (
            f"create trigger after_write after insert or update of state on doc.{name} "
            f"for each row execute function api.after_{name}()"
        )


def followers(document: Document) -> bool:
    """Whether a move of the type may be made by the database, after something else."""
    parents = {d.by_name[d.covered.parent].ref for d in DOCUMENTS if d.covered and d.covered.then}
    return document.advances or document.name in parents | _MOVED_BY_EFFECTS


def advance_function(document: Document) -> str:
    """A move that follows by itself, with its own version and its own row in `api.change`."""
    name, key = document.name, document.key
    steps = ", ".join(f"('{m.name}', '{s}', '{m.target}')" for m in document.moves for s in m.sources)
    assignments = ", ".join(f"{f.name} = n.{f.name}" for f in document.fields)
    return f"""
create function api.advance_{name}(p_key text, p_action text, p_by text, p_at timestamptz, p_patch jsonb)
returns void language sql as $$
  with written as (
    update doc.{name} t set state = s.target, version = t.version + 1, effective_at = p_at,
           updated_at = now(), updated_by = p_by, {assignments}
      from (values {steps}) s (action, source, target), doc.{name} o
      cross join lateral jsonb_populate_record(o, p_patch) n
     where t.{key} = p_key and o.{key} = p_key and s.action = p_action and s.source = o.state
    returning t as r
  )
  insert into api.change (document, key, version, action, outlet_id, actor, state, effective_at, after)
  select '{name}', p_key, (r).version, p_action, {"(r).outlet_id" if document.is_tenant else "null"}, p_by,
         (r).state, p_at, api.plain_{name}(r) from written;
$$;"""


def rule_function(document: Document) -> str:
    """Rules in force on a day, the most specific first; what a rule does not name it holds for."""
    known = document.by_name
    parts, rank = [], []
    for field, given in (("market", "p_market"), ("order_type", "p_order_type")):
        if field in known:
            parts.append(f" and (r.{field} is null or r.{field} = {given})")
            rank.append(f"(r.{field} is not null)::int")
    if "amount_from_minor" in known:
        parts.append(
            " and (r.amount_from_minor is null and r.amount_to_minor is null or (r.currency = p_currency"
            " and p_amount >= coalesce(r.amount_from_minor, 0) and (r.amount_to_minor is null"
            " or p_amount < r.amount_to_minor)))"
        )
        rank.append("(r.amount_from_minor is not null or r.amount_to_minor is not null)::int")
    order = f"{' + '.join(rank)} desc, " if rank else ""
    return f"""
create function api.rule_{document.name}(p_date date, p_market text, p_order_type text, p_amount bigint,
  p_currency text) returns setof doc.{document.name} language sql stable as $$
  select r.* from doc.{document.name} r
   where r.state in ('active', 'ended')
     and p_date between r.effective_from_date and coalesce(r.effective_to_date, 'infinity'){"".join(parts)}
   order by {order}r.effective_from_date desc, r.{document.key} desc;
$$;"""
