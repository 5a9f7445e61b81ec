"""What the workshop does beside its orders: an update, roadside help, calls and complaints after a visit.

In: repairs and cars of the history. Out: a service action with its cars, roadside cases, contact tasks with
what came of them. A task has the key that the rule would give it, so that the rule never asks twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta

import numpy as np
import polars as pl

from pipelines.demo.catalogue import PLANNER
from pipelines.demo.clock import Clock
from pipelines.demo.events import Books
from pipelines.demo.service import QUALITY

TASKS_DAYS = 60  # calls after a repair are made by rule since then
_CALL_AFTER_DAYS, _ROADSIDE_DAYS = 3, 180
_PUNCTUAL, _DONE = (0.78, 0.99), 0.95  # of calls: on their day, by outlet; done at all
_TOWED_SHARE, _HELPED_SHARE = 0.03, 0.02
_COMPLAINERS, _COMPLAINS = 0.03, 0.35  # of customers; of their visits
_CATEGORIES = ("repair_quality", "waiting_time", "price", "manners")
_SYMPTOMS = ("battery", "tyre", "no_start", "overheating", "warning_light", "accident")
_PLACES = ("ring road, northbound", "car park of a mall", "motorway, hard shoulder", "at home", "city centre")
_UPDATE = "SV-UPDATE-01"


def write_care(
    books: Books,
    rng: np.random.Generator,
    clock: Clock,
    repairs: pl.DataFrame,
    cars: pl.DataFrame,
    managers: Mapping[str, str],
) -> None:
    """repairs, cars: as `Seen` gives them; managers: one per outlet."""
    _write_update(books, rng, clock, cars)
    _write_roadside(books, rng, clock, repairs)
    _write_tasks(books, rng, clock, repairs)
    _write_complaints(books, rng.spawn(1)[0], repairs, managers)


# --- service actions ----------------------------------------------------------------------------


def _write_update(books: Books, rng: np.random.Generator, clock: Clock, cars: pl.DataFrame) -> None:
    """Announced lately: nobody has come yet."""
    announced = clock.until - timedelta(days=12)
    _announce(books, clock, _UPDATE, "Software of the display", "technical_update", announced, None)
    recent = cars.filter(pl.col("production_date") < announced - timedelta(days=120)).sort("vin")
    picked = recent[np.sort(rng.choice(len(recent), min(60, len(recent)), replace=False))]
    books["campaign_vin"].open(
        picked.select(
            "vin",
            key=pl.format("CV-{}-{}", pl.lit(_UPDATE[3:]), "vin"),
            at=pl.lit(clock.cut - timedelta(days=12) + timedelta(hours=10)),
            by=pl.lit(QUALITY),
            service_action_id=pl.lit(_UPDATE),
        )
    )


def _announce(
    books: Books, clock: Clock, key: str, title: str, kind: str, day: object, bulletin: str | None
) -> None:
    at = clock.cut - timedelta(days=(clock.until - day).days)  # type: ignore[operator]
    row = {"key": key, "title": title, "action_kind": kind, "bulletin": bulletin, "announced_date": day,
           "operation": f"OP-{key[3:]}", "standard_hours": 0.5}  # fmt: skip
    frame = pl.DataFrame([row], infer_schema_length=None)
    book = books["service_action"]
    book.open(frame.with_columns(at=pl.lit(at - timedelta(days=3)), by=pl.lit(PLANNER)))
    book.move(
        "announce", pl.DataFrame({"key": [key]}).with_columns(at=pl.lit(at), by=pl.lit(QUALITY)), step=1
    )


# --- roadside -----------------------------------------------------------------------------------


def _write_roadside(books: Books, rng: np.random.Generator, clock: Clock, repairs: pl.DataFrame) -> None:
    """Cars towed in, cars helped where they stood, and two calls of the last evening."""
    lately = repairs.filter(pl.col("opened_at") >= clock.cut - timedelta(days=_ROADSIDE_DAYS))
    draw = rng.random(len(lately))
    towed = lately.filter(pl.Series(draw < _TOWED_SHARE)).with_columns(outcome=pl.lit("towed"))
    helped = lately.filter(pl.Series((draw >= _TOWED_SHARE) & (draw < _TOWED_SHARE + _HELPED_SHARE)))
    helped = helped.with_columns(
        outcome=pl.lit("repaired"),
        opened_at=pl.col("opened_at") + timedelta(days=1),
        key=pl.lit(None, pl.String),
    ).filter(pl.col("opened_at") < clock.cut)
    cases = pl.concat([towed, helped]).sort("opened_at", "vin")
    wait = pl.Series(rng.gamma(4.0, 12.0, len(cases))) * 60_000_000
    cases = cases.with_columns(
        case=pl.format("RS-{}-{}", "outlet_id", pl.int_range(1, pl.len() + 1).over("outlet_id")),
        called_at=pl.col("opened_at") - timedelta(hours=3),
        wait=wait.cast(pl.Int64).cast(pl.Duration("us")),
        symptom=pl.Series(rng.choice(_SYMPTOMS, len(cases)), dtype=pl.String),
        location=pl.Series(rng.choice(_PLACES, len(cases)), dtype=pl.String),
    )
    book = books["roadside_case"]
    head = cases.select("outlet_id", "by", key="case")
    book.open(head.with_columns(cases.select("vin", "customer_id", "symptom", "location", "called_at",
                                             at="called_at")))  # fmt: skip
    reached = cases["called_at"] + cases["wait"].clip(timedelta(minutes=10), timedelta(hours=2))
    closed = head.with_columns(at=reached + timedelta(minutes=30), reached_at=reached)
    book.move("close", closed.with_columns(outcome=cases["outcome"], repair_order_id=cases["key"]), step=1)
    waiting = lately.tail(400).unique("outlet_id", keep="last", maintain_order=True).head(2)
    called = pl.lit(clock.cut - timedelta(minutes=50))
    book.open(
        waiting.select(
            "outlet_id", "by", "vin", "customer_id", key=pl.format("RS-{}-OPEN", "outlet_id"), at=called,
            called_at=called, symptom=pl.lit("no_start"), location=pl.lit(_PLACES[0]),
        )
    )  # fmt: skip


# --- calls after a visit ------------------------------------------------------------------------


def _write_tasks(books: Books, rng: np.random.Generator, clock: Clock, repairs: pl.DataFrame) -> None:
    """A call three days after each settled visit: mostly on the day, some late, few not at all; each outlet
    has its own discipline."""
    settled = repairs.filter(pl.col("settled_at") >= clock.cut - timedelta(days=TASKS_DAYS)).filter(
        pl.col("settled_at") < clock.cut - timedelta(days=_CALL_AFTER_DAYS + 1)
    )
    n = len(settled)
    due = pl.col("settled_at").dt.date() + timedelta(days=_CALL_AFTER_DAYS)
    outlets = settled["outlet_id"].unique().sort()
    discipline = dict(zip(outlets, rng.uniform(*_PUNCTUAL, len(outlets)), strict=True))
    punctual = settled["outlet_id"].replace_strict(discipline, return_dtype=pl.Float64).to_numpy()
    late = np.where(rng.random(n) < punctual, 0, rng.integers(1, 7, n))
    fate = rng.random(n)
    called = due.cast(pl.Datetime("us")) + pl.duration(days=pl.lit(pl.Series(late, dtype=pl.Int64)), hours=9)
    tasks = settled.select(
        "outlet_id", "vin", "customer_id", "by", cause_key="key", due_date=due, made_at="settled_at",
        fate=pl.Series(fate), done_at=called.dt.replace_time_zone("UTC"),
    )  # fmt: skip
    keys = [task_key("POST_REPAIR", k, v) for k, v in tasks.select("cause_key", "vin").rows()]
    tasks = tasks.with_columns(key=pl.Series(keys, dtype=pl.String))
    book = books["contact_task"]
    head = ("key", "outlet_id", "by")
    book.open(
        tasks.select(
            *head, "vin", "customer_id", "cause_key", "due_date", at=pl.col("made_at") + timedelta(hours=1),
            rule_code=pl.lit("POST_REPAIR"), contact_rule_id=pl.lit("CR-POST_REPAIR"),
            cause=pl.lit("repair_order"), remind_date=pl.col("due_date") - timedelta(days=1),
            channel=pl.lit("phone"),
        )
    )  # fmt: skip
    done = tasks.filter(pl.col("fate") < _DONE).select(*head, at="done_at", result=pl.lit("reached"))
    book.move("complete", done, step=1)
    skipped = tasks.filter(pl.col("fate").is_between(_DONE, 0.98)).select(
        *head, at="done_at", skip_reason=pl.lit("asked not to be called")
    )
    book.move("skip", skipped, step=1)


# --- complaints after a visit -------------------------------------------------------------------


def _write_complaints(
    books: Books, rng: np.random.Generator, repairs: pl.DataFrame, managers: Mapping[str, str]
) -> None:
    """Few customers complain, and those again and again; answered within days, closed by the manager."""
    settled = repairs.drop_nulls(["settled_at", "customer_id"])
    customers = settled["customer_id"].unique().sort()
    complainers = customers.filter(pl.Series(rng.random(len(customers)) < _COMPLAINERS))
    visits = settled.filter(pl.col("customer_id").is_in(complainers.implode()))
    visits = visits.filter(pl.Series(rng.random(len(visits)) < _COMPLAINS))
    at = pl.col("settled_at") + timedelta(days=1, hours=2)
    told = visits.select(
        "outlet_id", "by", "vin", "customer_id", key=pl.format("CM-{}", "key"), repair_order_id="key", at=at,
        received_at=at, due_at=at + timedelta(days=5), channel=pl.lit("phone"),
        category=pl.Series(rng.choice(_CATEGORIES, len(visits)), dtype=pl.String),
        subject=pl.lit("Not content with the last visit"),
        level=pl.Series(rng.choice(["ordinary", "serious"], len(visits), p=[0.8, 0.2]), dtype=pl.String),
    )  # fmt: skip
    book = books["complaint"]
    book.open(told)
    advisor = told.select("key", "outlet_id", "by", "at")
    manager = advisor.with_columns(by=pl.col("outlet_id").replace_strict(managers, return_dtype=pl.String))
    solved = pl.col("at") + pl.lit(pl.Series(rng.integers(1, 9, len(told)))) * timedelta(days=1)
    book.move("assign", manager.with_columns(_hours_on(1), staff_id=advisor["by"]), step=1)
    book.move("handle", advisor.with_columns(_hours_on(2)), step=2)
    answered = advisor.with_columns(
        at=solved, resolved_at=solved, answer=pl.lit("Looked at again, free of charge")
    )
    book.move("resolve", answered, step=3)
    book.move("close", manager.with_columns(at=solved + timedelta(hours=20)), step=4)


def _hours_on(hours: int) -> pl.Expr:
    return pl.col("at") + timedelta(hours=hours)


def task_key(code: str, cause_key: str, vin: str) -> str:
    """As `api.generate_contacts` makes it."""
    return "CT-" + hashlib.md5(f"{code}|{cause_key}|{vin}".encode(), usedforsecurity=False).hexdigest()
