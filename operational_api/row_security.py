"""Who may touch which rows and columns inside the database: policies and grants, read off the declarations.

In: `DOCUMENTS`. Out: SQL statements that `migrate` applies. The scope of a request stands in three settings
that live as long as its transaction: dms.scope ('all' or 'outlets'), dms.outlets (an array), dms.subject.
Without them no row is seen. Row-level security is the last wall: it does not replace the checks before it.
"""

from __future__ import annotations

from collections.abc import Iterator

from operational_api.compiled_erasure import ERASABLE
from operational_api.documents import DOCUMENTS
from operational_api.ledger import OWNER_READS
from operational_api.stock_balance import OWNER_SUMS
from operational_api.workshop_rules import OWNER_COUNTS

APP, EXTRACT, OWNER = "dms_app", "dms_extract", "dms_owner"

# Sub-selects are evaluated once per statement, not once per row.
IN_SCOPE = (
    "(select current_setting('dms.scope', true)) = 'all' or "
    "outlet_id = any ((select nullif(current_setting('dms.outlets', true), ''))::text[])"
)
_OWN_SUBJECT = "subject = (select current_setting('dms.subject', true))"
_FEED_TABLES = ("api.change", "api.feed")


def security_statements() -> Iterator[str]:
    yield f"grant usage on schema doc, api to {APP}, {EXTRACT}"
    yield f"revoke all on all tables in schema doc, api from public, {APP}, {EXTRACT}"
    for document in DOCUMENTS:
        table = f"doc.{document.name}"
        # What is only ever appended cannot be rewritten by mistake, nor on purpose.
        yield f"grant select, insert{'' if document.is_append_only else ', update'} on {table} to {APP}"
        if document.is_append_only and document.personal:  # but a person can be erased from it
            emptied = ", ".join(f.name for f in document.personal)
            yield f"grant update ({emptied}, version, updated_at, updated_by) on {table} to {APP}"
        yield f"grant select on {table} to {EXTRACT}"
        if document.is_tenant:
            yield from _policies(table, IN_SCOPE)
    yield f"grant select on {', '.join(_FEED_TABLES)} to {EXTRACT}"
    yield f"grant select, insert on api.change, api.idempotency to {APP}"
    yield f"grant select on api.account, api.api_key, api.feed to {APP}"
    yield from _policies("api.change", f"outlet_id is null or {IN_SCOPE}")
    yield from _policies("api.idempotency", _OWN_SUBJECT)
    # An erasure reaches the stored answers of every subject, by the owner's function api.forget.
    yield f"create policy owner_all on api.idempotency to {OWNER} using (true) with check (true)"
    # A balance is written by the ledger's functions alone, which are the owner's.
    yield f"grant select on api.fund_balance to {APP}"
    yield from _policies("api.fund_balance", IN_SCOPE)
    yield f"create policy owner_all on api.fund_balance to {OWNER} using (true) with check (true)"
    # Meeting keys are written by a trigger alone, which is the owner's.
    yield f"grant select on api.customer_key to {APP}"
    yield from _policies("api.customer_key", IN_SCOPE)
    yield f"create policy owner_all on api.customer_key to {OWNER} using (true) with check (true)"
    for table in (*OWNER_READS, *OWNER_COUNTS, *OWNER_SUMS):
        yield f"create policy owner_reads on {table} for select to {OWNER} using (true)"
    yield "revoke all on all functions in schema api from public"
    yield f"grant execute on all functions in schema api to {APP}"
    for document in ERASABLE:  # runs as a trigger; nobody calls it
        yield f"revoke execute on function api.guard_{document.name} from {APP}"
    for document in DOCUMENTS:  # so that a document can be compared with its last change
        yield f"grant execute on function api.plain_{document.name} to {EXTRACT}"


def _policies(table: str, condition: str) -> Iterator[str]:
    yield f"alter table {table} enable row level security, force row level security"
    yield f"create policy in_scope on {table} to {APP} using ({condition}) with check ({condition})"
    yield f"create policy extract_all on {table} for select to {EXTRACT} using (true)"
