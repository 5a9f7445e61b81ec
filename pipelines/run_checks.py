"""What a run's checks said, for the snapshot's manifest; and the law of counts over file loads.

In: the run's events, the clean zone. Out: `Check`s, names of loads that do not add up.
"""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import polars as pl

from pipelines.snapshot import Check


def run_checks(context: dg.AssetExecutionContext) -> list[Check]:
    """Every check evaluated so far in this run, in order of name."""
    events = context.instance.get_records_for_run(
        context.run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    )
    found = [r.event_log_entry.asset_check_evaluation for r in events.records]
    checks = [
        Check(
            name=f"{e.asset_key.path[-1]}: {e.check_name}",
            passed=e.passed,
            severity=e.severity.value.lower(),
            message="" if e.passed else "; ".join(f"{k}: {v.value}" for k, v in e.metadata.items()),
        )
        for e in found
        if e is not None
    ]
    return sorted(checks, key=lambda c: c.name)


def loads_that_do_not_add_up(clean_dir: Path) -> list[str]:
    """file_load documents that break received = accepted + rejected + duplicate (+ skipped)."""
    loads = pl.scan_parquet(clean_dir / "file_load" / "*.parquet")
    parts = pl.col("accepted_rows") + pl.col("rejected_rows") + pl.col("duplicate_rows")
    wrong = loads.filter(pl.col("received_rows") != parts + pl.col("skipped_rows").fill_null(0))
    return wrong.select("file_load_id").collect().to_series().to_list()
