"""Writes docs/marts.md from what is declared: `python docs/write_marts.py`.

In: dbt_project/metrics.yml and the marts' YAML. Out: the KPI dictionary and the table of marts.
A test refuses a page that is not what this writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "dbt_project"
PAGE = ROOT / "docs" / "marts.md"
AREAS = {
    "core": "Dimensions and calendars",
    "parts": "Parts",
    "sales": "Leads, orders, stock and sales of cars",
    "service": "Service and warranty",
    "vehicles": "Cars: owners, readings, campaigns, what happened",
    "money": "Money and approvals",
    "quality": "Data quality",
    "customers": "Golden customers",
    "entities": "One car, one lead, one owner, judged",
    "decisions": "After the engines: forecasts, suggestions, scorecard",
}
INTRO = """# Marts and KPIs

Written by `python docs/write_marts.py` from `dbt_project/`; change the declaration, not this page.

Rules that hold everywhere: days and months are the outlet's; only facts up to the as-of day exist and
monthly tables hold complete months; money is integer minor units beside an ISO 4217 currency; a ratio
stores its parts, rolls up by sums, and is null, not zero, when its denominator is; wholesale and retail
are never mixed. Every mart has an enforced contract, a test of its grain, and unit tests that state its
rules in a sentence (`*__unit_tests.yml`). Columns marked personal or hidden in the YAML are masked by
the one policy of the insights reader.

Build: `dms run`. By hand, with the four `DMS_*` folders of `docs/architecture.md` set:
`dbt build --project-dir dbt_project --profiles-dir dbt_project --exclude source:engine+`, the engines,
then `--select source:engine+`. `--vars '{as_of_date: 2026-06-30}'` sets the day it speaks of.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([INTRO, *_kpis(), *_marts(), *_seeds()])


def metrics() -> list[dict[str, Any]]:
    """The declared KPIs, in order."""
    declared: list[dict[str, Any]] = yaml.safe_load((PROJECT / "metrics.yml").read_text())["metrics"]
    return declared


def marts(area: str) -> list[dict[str, Any]]:
    """The declared marts of an area, in order."""
    path = PROJECT / "models" / "marts" / area / f"{area}__models.yml"
    declared: list[dict[str, Any]] = yaml.safe_load(path.read_text())["models"]
    return declared


def grain(mart: dict[str, Any]) -> list[str]:
    """The columns of the mart's grain test; KeyError when it has none."""
    tests = {name: body for test in mart["data_tests"] for name, body in test.items()}
    columns: list[str] = tests["unique_grain"]["arguments"]["columns"]
    return columns


def _kpis() -> Iterator[str]:
    yield "## KPIs\n"
    yield "Value = sum of the numerator over sum of the denominator, in the rows asked for.\n"
    yield "| id | label | numerator / denominator | mart | unit | better | version | what it says |"
    yield "|---|---|---|---|---|---|---|---|"
    for kpi in metrics():
        parts = " / ".join(f"`{part}`" for part in (kpi["numerator"], kpi["denominator"]) if part is not None)
        cells = (f"`{kpi['id']}`", kpi["label"], parts, kpi["mart"], kpi["unit"], kpi["direction"],
                 str(kpi["version"]), kpi["description"])  # fmt: skip
        yield f"| {' | '.join(cells)} |"
    yield ""


def _marts() -> Iterator[str]:
    for area, title in AREAS.items():
        yield f"## {title}\n"
        yield "| table | one row per | what it holds |"
        yield "|---|---|---|"
        for mart in marts(area):
            said = " ".join(mart["description"].split()).split(" One row per")[0]
            yield f"| `{mart['name']}` | {', '.join(grain(mart))} | {said} |"
        yield ""


def _seeds() -> Iterator[str]:
    yield "## Policies that are data (seeds)\n"
    yield "| seed | what it holds |"
    yield "|---|---|"
    for seed in yaml.safe_load((PROJECT / "seeds" / "seeds.yml").read_text())["seeds"]:
        yield f"| `{seed['name']}` | {seed['description']} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page())
