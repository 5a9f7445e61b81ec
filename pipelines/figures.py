"""Measured figures on the terminal: a table for people, one JSON object a line for machines.

In: dataclasses with name, value, unit, peer, peer_value, ratio, runs, and where a goal was set, goal and
holds. Out: text. A figure that could not be measured is null, shown as a dash, never zero.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FIELDS = ("name", "value", "unit", "peer", "peer_value", "ratio", "goal", "holds", "runs")


def print_figures(figures: Sequence[DataclassInstance], *, as_json: bool) -> None:
    """One object or one row a figure, in the order given."""
    rows = [{name: found.get(name) for name in FIELDS} for found in map(dataclasses.asdict, figures)]
    if as_json:
        for row in rows:
            typer.echo(one_line(row))
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Column, Table

    shown = [name for name in FIELDS if any(row[name] is not None for row in rows)]
    # eighty columns hold it without lines between them, and a name that is cut off cannot be looked up
    table = Table(*(Column(name, no_wrap=True) for name in shown), box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(_written(row[name]) for name in shown))
    Console().print(table)


def one_line(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False)


def _written(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "NO"
        case float():
            return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
        case _:
            return f"{value}"
