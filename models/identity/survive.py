"""Which value of many survives in the golden record, attribute by attribute, and where it came from.

In: values of records as a long frame, the order of trust as data. Out: one value per golden record and field
with its source, record and time. Verified before unverified, then the trusted source, the most recent, the
most complete; of permissions and blocks the most restrictive, whoever said it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

KEY = ("golden_id", "field")
SURVIVED = (*KEY, "value", "source", "record_id", "as_of", "is_verified")
UNTRUSTED = 1_000_000  # rank of a source that the order does not name


def survive(
    values: pl.DataFrame, trust: pl.DataFrame, *, restrictive: Mapping[str, Sequence[str]] | None = None
) -> pl.DataFrame:
    """values: golden_id, record_id, source, field, value (text, null is not a value), as_of, is_verified.

    trust: field, source, rank (1 is trusted most); a row with an empty field counts for every field that has
    none of its own. `restrictive`: field -> its values, the most restrictive first. One row per golden_id and
    field, sorted, columns SURVIVED.
    """
    known = values.filter(pl.col("value").is_not_null())
    own = trust.filter(pl.col("field") != "").select("field", "source", own="rank")
    general = trust.filter(pl.col("field") == "").select("source", general="rank")
    ranked = known.join(own, on=["field", "source"], how="left").join(general, on="source", how="left")
    has_own = pl.col("field").is_in(own["field"].unique().implode())
    rank = pl.when(has_own).then(pl.col("own")).otherwise(pl.col("general")).fill_null(UNTRUSTED)
    ranked = ranked.with_columns(rank=rank, strict=_strictness(restrictive or {}))
    best = ranked.sort(
        *KEY, "strict", "is_verified", "rank", "as_of", pl.col("value").str.len_chars(), "record_id",
        descending=[False, False, False, True, False, True, True, False], nulls_last=True,
    )  # fmt: skip
    return best.unique(KEY, keep="first", maintain_order=True).select(SURVIVED).sort(KEY)


def _strictness(restrictive: Mapping[str, Sequence[str]]) -> pl.Expr:
    """Position in the field's order of restriction; 0 for fields that have none."""
    strict = pl.lit(0)
    for field, order in sorted(restrictive.items()):
        for place, value in enumerate(order):
            strict = (
                pl.when((pl.col("field") == field) & (pl.col("value") == value)).then(place).otherwise(strict)
            )
    return strict
