"""What staff are called: by name where the reader may see it, else by number. Pure."""

from __future__ import annotations

import polars as pl

NOBODY = "nobody named"


def names(staff: pl.DataFrame) -> dict[str, str]:
    """staff: dim_staff. Who is masked is left out: there the number tells."""
    if not {"given_name", "family_name"} <= set(staff.columns):
        return {}
    shown = staff.filter(~pl.col("family_name").str.contains("•"))
    named = shown.select("staff_id", "given_name", "family_name")
    return {key: f"{given or ''} {family}".strip() for key, given, family in named.iter_rows()}
