"""`dms run`: the whole flow once, in this process; and nothing at all when there is nothing new.

In: `Settings`, a business date. Out: a `RunReport`. Looks at the feed, the inbox, the code and the date
before it imports anything heavy. One run at a time: a second one is refused, a dead one's lock is gone.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.code_version import code_version
from pipelines.database import migrate, with_server
from pipelines.durable import read_json, write_json
from pipelines.postgres import DatabaseRole
from pipelines.postgres_cluster import hold_lock
from pipelines.settings import Settings

if TYPE_CHECKING:
    import dagster as dg

STEP_NAMES = {"raw__changes": "extract", "accepted": "contract"}


class RunError(RuntimeError):
    """The run ended before the snapshot; the pointer still names the last good one."""


class RunUnderWay(RunError):
    """Another run of this data folder is at work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What a run did. `read` (changes of documents, and rows of files that became none) is accepted +
    rejected + duplicate, all of this run; the rest is what is published now."""

    is_new: bool  # False: nothing new, nothing done
    as_of: date
    snapshot: str | None
    read: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0
    marts: int = 0
    forecasts: int = 0
    suggestions: int = 0
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    steps: Mapping[str, float] = field(default_factory=dict)  # seconds by step, in order

    def to_json(self) -> str:
        return json.dumps(asdict(self), default=str, ensure_ascii=False)

    def describe(self) -> str:
        if not self.is_new:
            return f"nothing new since {self.snapshot}, as of {self.as_of} ({self.seconds:.1f} s)"
        lines = [
            f"snapshot {self.snapshot} as of {self.as_of}, {self.seconds:.1f} s",
            f"  rows read {self.read:,} = accepted {self.accepted:,} + rejected {self.rejected:,}"
            f" + duplicate {self.duplicate:,}",
            f"  marts {self.marts:,}   forecasts {self.forecasts:,}   suggestions {self.suggestions:,}",
            "  " + "   ".join(f"{name} {seconds:.1f} s" for name, seconds in self.steps.items()),
            *(f"  warning: {warning}" for warning in self.warnings),
        ]
        return "\n".join(lines)


def run(
    settings: Settings, *, as_of: date | None = None, select: str | None = None, force: bool = False
) -> RunReport:
    """Bring the published snapshot to what was captured. Raises RunUnderWay, RunError.

    select: a table, or Dagster's asset selection, e.g. `group:engine`; then only that is done.
    """
    began = time.monotonic()
    day = as_of or datetime.now(UTC).date()
    demand_day(day)
    with alone(settings), with_server(settings) as own:
        if not force and select is None and is_up_to_date(own, day):
            return _report_of_last(own, day, time.monotonic() - began)
        migrate(own)
        report = _execute(own, day, select, began)
        if select is None:
            _remember(own, day, report)
    return report


def demand_day(day: date) -> None:
    """A run is as of a day that has begun; facts of later days do not exist."""
    if day > datetime.now(UTC).date() or day < date(1998, 1, 1):
        raise RunError(f"--as-of {day}: choose a day from 1998-01-01 to today")


# --- nothing new --------------------------------------------------------------------------------


def is_up_to_date(settings: Settings, day: date) -> bool:
    """Whether the published snapshot is what a run would publish now."""
    from pipelines.snapshot import current_id

    last = read_json(_memory(settings))
    if last is None or last["snapshot"] != current_id(settings.snapshots_dir):
        return False
    if last["inputs"] != _inputs(settings, day) or _waits_in_inbox(settings):
        return False
    from pipelines.extract import look

    position = look(settings.role_url(DatabaseRole.EXTRACT), settings.raw_dir)
    return position.epoch == last["inputs"]["epoch"] and not position.has_news


def _inputs(settings: Settings, day: date) -> dict[str, Any]:
    """What a result depends on, apart from changes not extracted yet."""
    raw = read_json(settings.raw_dir / "manifest.json") or {"epoch": None, "files": []}
    return {
        "as_of": day.isoformat(),
        "code": code_version(settings.root),
        "epoch": raw["epoch"],
        "files": len(raw["files"]),
        "feeds": sorted(
            str(p.relative_to(settings.feeds_dir)) for p in settings.feeds_dir.rglob("*.parquet")
        ),
    }


def _waits_in_inbox(settings: Settings) -> bool:
    folders = (
        (p for p in settings.inbox_dir.iterdir() if p.name != "taken") if settings.inbox_dir.exists() else ()
    )
    return any(f.suffix != ".yaml" for folder in folders if folder.is_dir() for f in folder.iterdir())


def _remember(settings: Settings, day: date, report: RunReport) -> None:
    """Last thing a run does: a run that dies before is done again."""
    known = {"snapshot": report.snapshot, "inputs": _inputs(settings, day), "report": asdict(report)}
    write_json(_memory(settings), json.loads(json.dumps(known, default=str)))


def _report_of_last(settings: Settings, day: date, seconds: float) -> RunReport:
    last = read_json(_memory(settings))["report"]  # type: ignore[index]
    published = {name: last[name] for name in ("snapshot", "marts", "forecasts", "suggestions")}
    return RunReport(is_new=False, as_of=day, seconds=round(seconds, 2), **published)


def _memory(settings: Settings) -> Path:
    return settings.data_dir / "last-run.json"


# --- the run ------------------------------------------------------------------------------------


def _execute(settings: Settings, day: date, select: str | None, began: float) -> RunReport:
    os.environ.update(settings.environment())  # definitions are an entry point: they read the environment
    import dagster as dg

    from pipelines.definitions import defs
    from pipelines.warehouse import Warehouse

    job = defs.resolve_job_def("everything") if select is None else selected(defs, select)
    with _instance(settings) as instance:
        result = job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            resources={"settings": settings, "warehouse": Warehouse(settings.warehouse_path)},
            **_dated(job, day),
        )
        if not result.success:
            raise RunError(_failure(result, dg))
        return _report(settings, day, result, time.monotonic() - began)


HOW_TO_SELECT = (
    "give a table, group:NAME or key:FOLDER/NAME; a + before it takes what it is made from, one behind it "
    "what is made from it"
)


def selected(defs: dg.Definitions, select: str) -> dg.JobDefinition:
    """The job of what `select` names: Dagster's selection, or a table by its bare name. Raises RunError.

    What is written together runs together: a table of an engine brings the others.
    """
    import dagster as dg

    graph = defs.resolve_asset_graph()
    named = [key for key in graph.get_all_asset_keys() if key.path[-1] == select]
    try:
        found = dg.AssetSelection.assets(*named) if named else dg.AssetSelection.from_string(select)
        keys = found.required_multi_asset_neighbors().resolve(graph)
    except dg.DagsterError as error:
        raise RunError(f"--select {select}: {error}".split("\n")[0]) from None
    if not keys:
        raise RunError(f"--select {select} names nothing: {HOW_TO_SELECT}")
    job = dg.define_asset_job("selected", selection=list(keys), executor_def=dg.in_process_executor)
    return dg.Definitions.merge(defs, dg.Definitions(jobs=[job])).resolve_job_def("selected")


def _dated(job: dg.JobDefinition, day: date) -> dict[str, Any]:
    """The business date: a partition where an asset has any, else the tag that says the same."""
    if job.partitions_def is not None:
        return {"partition_key": day.isoformat()}
    return {"tags": {"dagster/partition": day.isoformat()}}


@contextmanager
def _instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The instance whose runs Dagster's pages show, once `dms up` has made it; else one in memory."""
    import dagster as dg

    if (settings.dagster_home / "dagster.yaml").exists():
        with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
            yield instance
    else:
        with dg.DagsterInstance.ephemeral() as instance:
            yield instance


def _failure(result: Any, dg: Any) -> str:
    """Which step failed and why, in one paragraph."""
    told = []
    for event in result.all_events:
        if event.event_type == dg.DagsterEventType.STEP_FAILURE:
            data = event.step_failure_data
            cause = data.error.cause or data.error if data.error else None
            reason = data.user_failure_data.description if data.user_failure_data else None
            told.append(f"{event.step_key}: {reason or (cause.message.strip() if cause else 'failed')}")
        elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            if not check.passed and check.blocking:
                found = ", ".join(f"{k}={v.value}" for k, v in check.metadata.items())
                told.append(f"check {check.check_name} failed: {found}")
    return "the run stopped before publishing; the last good snapshot stays. " + "; ".join(told)


def _report(settings: Settings, day: date, result: Any, seconds: float) -> RunReport:
    from pipelines.snapshot import current_id, open_snapshot

    told = _metadata(result)
    published = current_id(settings.snapshots_dir)
    counts = open_snapshot(settings.snapshots_dir).manifest.counts if published else {}
    checks = open_snapshot(settings.snapshots_dir).manifest.checks if published else ()
    changes, held = told.get("raw/changes/read", 0), told.get("clean/quarantine/rows_held_back", 0)
    outside = told.get("raw/inbox/feed_rows", 0)  # accepted, but no documents
    refused, known = told.get("raw/inbox/rejected", 0), told.get("raw/inbox/duplicate", 0)
    return RunReport(
        is_new=True,
        as_of=day,
        snapshot=published,
        read=changes + outside + refused + known,
        accepted=changes + outside - held,
        rejected=held + refused,
        duplicate=known,
        marts=counts.get("marts", 0),
        forecasts=counts.get("forecasts", 0),
        suggestions=counts.get("suggestions", 0),
        warnings=tuple(f"{c.name} {c.message}".strip() for c in checks if not c.passed),
        seconds=round(seconds, 2),
        steps=_steps(result),
    )


def _metadata(result: Any) -> dict[str, Any]:
    """Metadata of this run's materializations, by `asset/name`."""
    found: dict[str, Any] = {}
    for event in result.get_asset_materialization_events():
        materialization = event.step_materialization_data.materialization
        for name, value in materialization.metadata.items():
            found[f"{materialization.asset_key.to_user_string()}/{name}"] = value.value
    return found


def _steps(result: Any) -> dict[str, float]:
    """Seconds by step, in the order in which they ended."""
    return {
        STEP_NAMES.get(event.step_key, event.step_key): round(event.step_success_data.duration_ms / 1000, 2)
        for event in result.all_events
        if event.event_type_value == "STEP_SUCCESS"
    }


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """The one run of a data folder. The kernel drops the lock of a run that was killed."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with hold_lock(settings.data_dir / "run.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
            yield
    except BlockingIOError:
        raise RunUnderWay(
            f"a run of {settings.data_dir} is under way: wait for it, `dms status` shows what it publishes"
        ) from None
