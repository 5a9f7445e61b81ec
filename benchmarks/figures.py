"""A figure: what was measured, next to its peer in the same run, against its goal.

In: figures. Out: a table for people, or one JSON object a line for machines; exit status 1 when a goal fails.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`value` and `peer_value` are medians of `runs`; `goal` is a sentence; `holds` None: no goal is set."""

    name: str
    value: float
    unit: str
    peer: str | None = None
    peer_value: float | None = None
    ratio: float | None = None
    goal: str | None = None
    holds: bool | None = None
    runs: int = 1


def ratio_of(values: Sequence[float], peer_values: Sequence[float]) -> float:
    """Median of the ratios of runs that stood next to each other, so that a slow minute slows both."""
    return statistics.median(v / p for v, p in zip(values, peer_values, strict=True))


def report(figures: Sequence[Figure], *, as_json: bool | None = None) -> int:
    """Print the figures; 1 when one misses its goal. `--json` on the command line decides the form."""
    if as_json if as_json is not None else "--json" in sys.argv[1:]:
        for figure in figures:
            print(json.dumps(asdict(figure)))
    else:
        _print_table(figures)
    return int(any(figure.holds is False for figure in figures))


def _print_table(figures: Sequence[Figure]) -> None:
    rows = [("figure", "value", "unit", "peer", "peer value", "ratio", "goal", "holds", "runs")]
    rows += [
        (
            f.name,
            _number(f.value),
            f.unit,
            f.peer or "",
            _number(f.peer_value),
            _number(f.ratio),
            f.goal or "",
            {True: "yes", False: "NO", None: ""}[f.holds],
            str(f.runs),
        )
        for f in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
