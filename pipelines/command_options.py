"""Options and readings of arguments that several commands of `dms` share."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print figures for machines: one JSON object a line.")]
PlainFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Parquet, CSV or XLSX.")]

Language = Annotated[str, typer.Option(help="Of what is said about rows: en, ar, es, fr, pt, ru, vi or zh.")]


def language_code(language: str) -> str:
    """One that the catalogues say; `pt-BR` is Portuguese."""
    from operational_api.wording import ENGLISH, LANGUAGES, language_of

    code = language_of(language)
    if code == ENGLISH and not language.lower().startswith(ENGLISH):
        raise typer.BadParameter(f"no language {language}; there are: {', '.join(LANGUAGES)}")
    return code


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
