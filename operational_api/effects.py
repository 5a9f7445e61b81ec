"""What follows a write by itself, in its transaction: money, approvals, and the moves they make.

In: the declarations. Out: SQL text, for the types that declare such a thing, of one trigger after the
write (`api.after_T`); the moves it makes are those of `consequences.py`. Other types pay nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from operational_api.approval_chain import approval_functions, chain_effects, chain_guard
from operational_api.compiled_writes import columns_of
from operational_api.document import Document
from operational_api.documents import BY_NAME, DOCUMENTS
from operational_api.field_rule_guard import guard_statements
from operational_api.follow_up import follow_up_functions
from operational_api.ledger import ledger_functions, money_effects, moves_money
from operational_api.on_file import on_file_functions
from operational_api.override_guard import override_guard_functions
from operational_api.part_chains import part_chain_functions
from operational_api.plan_signatures import plan_signature_functions
from operational_api.pricing import pricing_functions
from operational_api.rebates import rebate_functions
from operational_api.warranty_check import warranty_check_functions
from operational_api.workshop_rules import workshop_functions

OPENED_BY_EFFECTS = frozenset({"rebate_payout"})
_MOVED_BY_EFFECTS = frozenset({"approval", "contact_task", "lead", "warranty_claim"})


def effect_statements() -> Iterator[str]:
    yield from ledger_functions()
    for document in DOCUMENTS:
        yield from document_triggers(document)
    yield from approval_functions()
    yield from follow_up_functions(columns_of(BY_NAME["contact_rule"]))
    yield from pricing_functions()
    yield from workshop_functions()
    yield from rebate_functions()
    yield from on_file_functions()
    yield from part_chain_functions()
    yield from override_guard_functions()
    yield from plan_signature_functions()
    yield from warranty_check_functions(columns_of(BY_NAME["warranty_rule"]))
    yield from guard_statements()


def document_triggers(document: Document) -> Iterator[str]:
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


def is_follower(document: Document) -> bool:
    """Whether a move of the type may be made by the database, after something else."""
    parents = {d.by_name[d.covered.parent].ref for d in DOCUMENTS if d.covered and d.covered.then}
    return document.advances or document.name in parents | _MOVED_BY_EFFECTS


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
