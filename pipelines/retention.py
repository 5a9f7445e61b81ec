"""Persons whose time is over: found by dated rules of purpose and market, erased by the one erasure path.

In: `retention_rule` documents in force on a day, and when something last happened with each customer record.
Out: a report of who is due, who is held back and why, and with `run` their erasure (`erasure.py`). The report
names keys, never persons. Where no rule is in force nobody is due.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from operational_api.compiled_erasure import has_subject
from operational_api.documents import BY_NAME, DOCUMENTS
from pipelines.erasure import Forgotten, forget_erased
from pipelines.extract import extract
from pipelines.intake import post
from pipelines.postgres import DatabaseRole
from pipelines.settings import Settings

CUSTOMER = BY_NAME["customer_record"]
# With one of these somebody has been a customer; without, a prospect.
_MADE_A_CUSTOMER = (
    "retail_order", "retail_delivery", "vehicle_ownership", "repair_order", "service_contract",
    "value_added_sale",
)  # fmt: skip
# What we plan to do, or note about ourselves, is nothing that happened with the person.
_OURS = frozenset(
    {"contact_task", "contact_refusal", "blacklist_entry", "grade_override", "customer_assignment"}
)


class Outcome(StrEnum):
    DUE = "due"
    HELD = "held"
    ERASED = "erased"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One customer record past its time. `reason`: why it is held back, or was refused."""

    customer_id: str
    outlet_id: str
    market: str
    purpose: str
    last_date: date
    due_date: date
    retention_rule_id: str
    outcome: str
    reason: str | None = None


@dataclass(slots=True)
class RetentionReport:
    """What a run found and did. `path` is where the rows are written."""

    as_of: date
    rows: list[Kept] = field(default_factory=list)
    path: Path | None = None
    forgotten: Forgotten = field(default_factory=Forgotten)

    def counts(self) -> Counter[tuple[str, str, str]]:
        return Counter((row.market, row.purpose, row.outcome) for row in self.rows)

    def describe(self) -> str:
        if not self.rows:
            return f"nobody is past the time that a rule in force on {self.as_of} keeps him"
        told = [f"as of {self.as_of}, {len(self.rows):,} customer records past their time"]
        told += [f"  {m} {p}: {n:,} {o}" for (m, p, o), n in sorted(self.counts().items())]
        held = Counter(row.reason for row in self.rows if row.reason)
        told += [f"    {n:,} {reason}" for reason, n in held.most_common()]
        return "\n".join([*told, f"rows: {self.path}"])


def retain(settings: Settings, *, as_of: date, run: bool) -> RetentionReport:
    """Find who is due; with `run` erase them, and the bytes that outlive their rows. `settings` of a database
    that is up. Raises BytesRemain as any erasure does; then the next run takes the bytes."""
    report = RetentionReport(as_of, list(_past_their_time(settings, as_of)))
    if run:
        report.rows = _erased(settings, report.rows)
    report.path = _written(settings, report, run=run)
    if run and any(row.outcome == Outcome.ERASED for row in report.rows):
        extract(settings.role_url(DatabaseRole.EXTRACT), settings.raw_dir)
        report.forgotten = forget_erased(settings)
    return report


def _past_their_time(settings: Settings, as_of: date) -> list[Kept]:
    with (
        psycopg.connect(settings.role_url(DatabaseRole.EXTRACT)) as connection,
        connection.cursor(row_factory=class_row(Kept)) as cursor,
    ):
        return cursor.execute(_query(), {"day": as_of}).fetchall()


def _erased(settings: Settings, rows: list[Kept]) -> list[Kept]:
    """The same rows with what became of those that were due."""
    due = [row for row in rows if row.outcome == Outcome.DUE]
    posted = post(settings, CUSTOMER, [{"action": "erase", "key": row.customer_id} for row in due])
    refused = {due[e.row - 1].customer_id: f"{e.field}: {e.rule}" for e in posted.errors}
    done = {row.customer_id for row in due} - refused.keys()
    found = []
    for row in rows:
        facts = asdict(row)
        if row.customer_id in done:
            facts |= {"outcome": Outcome.ERASED.value}
        elif row.customer_id in refused:
            facts |= {"outcome": Outcome.REFUSED.value, "reason": refused[row.customer_id]}
        found.append(Kept(**facts))
    return found


def _written(settings: Settings, report: RetentionReport, *, run: bool) -> Path:
    folder = settings.data_dir / "retention"
    folder.mkdir(parents=True, exist_ok=True)
    kind = "run" if run else "dry-run"
    path = folder / f"{report.as_of}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{kind}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(Kept)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in report.rows)
    return path


# --- the question -------------------------------------------------------------------------------


def _query() -> sql.Composed:
    """One statement for all: last event by record, the most specific rule in force, what holds it back."""
    return sql.SQL(
        """
        with event (customer_id, day) as ({events}), made (customer_id) as ({made}),
        last as (select customer_id, max(day) as day from event group by customer_id),
        person as (
          select c.customer_id, c.outlet_id, o.market,
                 case when exists (select from made m where m.customer_id = c.customer_id)
                      then 'customer' else 'prospect' end as purpose,
                 greatest(c.effective_at::date, l.day) as last_date
            from doc.customer_record c join doc.outlet o on o.outlet_code = c.outlet_id
            left join last l on l.customer_id = c.customer_id
           where c.state <> 'erased'
        ), ruled as (
          select p.*, r.retention_rule_id, p.last_date + r.keep_days::int as due_date
            from person p cross join lateral (
              select r.* from doc.retention_rule r
               where r.state in ('active', 'ended') and r.purpose = p.purpose
                 and %(day)s between r.effective_from_date and coalesce(r.effective_to_date, 'infinity')
                 and (r.market is null or r.market = p.market)
               order by (r.market is not null) desc, r.effective_from_date desc, r.retention_rule_id desc
               limit 1) r
        ), past as (select * from ruled where due_date < %(day)s)
        select customer_id, outlet_id, market, purpose, last_date, due_date, retention_rule_id,
               case when reason is null then 'due' else 'held' end as outcome, reason
          from (select past.*, case
            when exists (select from doc.blacklist_entry b
                          where b.customer_id = past.customer_id and b.state = 'active')
              then 'stands on the blacklist: lift the entry first'
            when exists (select from doc.vehicle_ownership w join doc.campaign_vin v on v.vin = w.vin
                           join doc.service_action a using (service_action_id)
                          where w.customer_id = past.customer_id and w.state = 'current' and v.state = 'open'
                            and a.state = 'active' and a.action_kind = 'safety_recall')
              then 'owns a car under an open safety recall'
            when exists (select from doc.repair_order r where r.customer_id = past.customer_id
                            and r.state not in ('closed', 'cancelled'))
              then 'has an open repair order'
            end as reason from past) told
         order by market, purpose, due_date, customer_id"""
    ).format(
        events=sql.SQL(" union all ").join(_events()),
        made=sql.SQL(" union all ").join(
            sql.SQL("select customer_id from doc.{}").format(sql.Identifier(name))
            for name in _MADE_A_CUSTOMER
        ),
    )


def _events() -> Iterator[sql.Composed]:
    """When something last happened, from every type that names a customer record."""
    last = sql.SQL("select {} as customer_id, max(effective_at)::date as day from doc.{} {} group by 1")
    for document in DOCUMENTS:
        if document.name in _OURS or document is CUSTOMER:
            continue
        table = sql.Identifier(document.name)
        for name, target in document.references():
            if target == CUSTOMER.name:
                column = sql.Identifier(name)
                yield last.format(column, table, sql.SQL("where {} is not null").format(column))
        if has_subject(document):
            about = sql.SQL("where subject_document = {}").format(sql.Literal(CUSTOMER.name))
            yield last.format(sql.Identifier("subject_key"), table, about)
