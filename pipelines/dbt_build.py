"""dbt in this process: the project's manifest, and builds of a part of it.

In: `dbt_project/`, the zones' folders, a business date. Out: `DbtNode` per model and test that ran.
One process imports dbt once; as a command each build would pay that again (3.5 s, measured).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from pipelines.durable import write_json
from pipelines.settings import Settings

_SOURCES = ("*.sql", "*.yml", "*.csv")


class DbtError(RuntimeError):
    """dbt could not parse or build; holds what it said."""


class Outcome(StrEnum):
    passed = "passed"
    warned = "warned"
    failed = "failed"
    skipped = "skipped"


@dataclass(frozen=True, slots=True)
class DbtNode:
    """One model, seed or test that dbt ran."""

    unique_id: str
    name: str
    resource_type: str
    outcome: Outcome
    seconds: float
    message: str
    failures: int  # rows that break a test


def manifest_path(settings: Settings) -> Path:
    """dbt's manifest, parsed again when the project or the folders it reads have changed."""
    path = _target(settings) / "manifest.json"
    stamp = settings.data_dir / "dbt" / "parsed.json"
    now = {"project": project_version(settings.root), "environment": _environment(settings)}
    if not path.exists() or not stamp.exists() or json.loads(stamp.read_text()) != now:
        _manifests.pop(_target(settings), None)  # what this process parsed before is another project's
        _parsed(settings)
        write_json(stamp, now)
    return path


def build(settings: Settings, select: Sequence[str], *, as_of: date) -> list[DbtNode]:
    """Seeds, models and data tests of these names, and no others. Raises DbtError when dbt itself cannot
    run; a node that fails is in the answer.
    """
    variables = json.dumps({"as_of_date": as_of.isoformat()})
    chosen = ["--select", *select, "--indirect-selection", "empty", "--exclude-resource-type", "unit_test"]
    answer = _invoke(settings, "build", *chosen, "--vars", variables, manifest=_parsed(settings))
    return [_node(result) for result in answer.results]


def project_version(root: Path) -> str:
    """Digest of everything dbt reads from the project."""
    project = root / "dbt_project"
    inside = (p for pattern in _SOURCES for p in project.rglob(pattern))
    return digest_of(p for p in inside if not {"target", "logs"} & set(p.relative_to(project).parts))


def digest_of(files: Iterator[Path]) -> str:
    """Digest of names and bytes."""
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(f"{path.name}\0".encode() + path.read_bytes())
    return total.hexdigest()[:16]


def _target(settings: Settings) -> Path:
    return settings.data_dir / "dbt" / "target"


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "DMS_WAREHOUSE": str(settings.warehouse_path),
        "DMS_CLEAN_DIR": str(settings.clean_dir),
        "DMS_RAW_DIR": str(settings.raw_dir),
        "DMS_FEEDS_DIR": str(settings.feeds_dir),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


_manifests: dict[Path, Any] = {}


def _parsed(settings: Settings) -> Any:
    """dbt's own manifest, parsed once in this process; builds with another date do not parse again."""
    target = _target(settings)
    if target not in _manifests:
        _manifests[target] = _invoke(settings, "parse")
    return _manifests[target]


def _invoke(settings: Settings, command: str, *arguments: str, manifest: Any = None) -> Any:
    """Result of a dbt command. Raises DbtError when it could not run at all."""
    from dbt.cli.main import dbtRunner

    os.environ.update(_environment(settings))  # dbt's profile and sources read it
    project = str(settings.root / "dbt_project")
    folders = ["--project-dir", project, "--profiles-dir", project, "--target-path", str(_target(settings))]
    quiet = ["--log-level", "none", "--log-level-file", "info", "--log-path", str(settings.log_dir / "dbt")]
    answer = dbtRunner(manifest=manifest).invoke([*quiet, command, *folders, *arguments])
    if answer.exception is not None:
        raise DbtError(f"dbt {command}: {answer.exception}") from answer.exception
    return answer.result


_OUTCOMES: Mapping[str, Outcome] = {
    "success": Outcome.passed,
    "pass": Outcome.passed,
    "warn": Outcome.warned,
    "skipped": Outcome.skipped,
    "no-op": Outcome.passed,
}


def _node(result: Any) -> DbtNode:
    return DbtNode(
        unique_id=result.node.unique_id,
        name=result.node.name,
        resource_type=str(result.node.resource_type),
        outcome=_OUTCOMES.get(str(result.status), Outcome.failed),
        seconds=result.execution_time,
        message=result.message or "",
        failures=result.failures or 0,
    )
