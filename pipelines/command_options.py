"""Options and readings of arguments that several commands of `dms` share."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print figures for machines: one JSON object a line.")]
PlainFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Parquet, CSV or XLSX.")]


def pairs(texts: list[str]) -> dict[str, str]:
    """`field=value` as a mapping."""
    for text in texts:
        if "=" not in text:
            raise typer.BadParameter(f"{text}: write field=value")
    return dict(text.split("=", 1) for text in texts)


def date_of(text: str | None) -> date | None:
    """A day written YYYY-MM-DD; None when none is given."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is not a day written YYYY-MM-DD") from None
