"""What the pages about persons conclude: order of pairs, sides of evidence, names, what may be said to whom.

Pure. In: rows of published tables. Out: frames and words for `views/steward.py` and `views/customer_360.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from apps import words
from operational_api.policy import MASK

SIDES = ("customer_type", "given_name", "family_name", "company_name", "birth_date", "national_id", "phone",
         "email", "address_line", "postcode", "city", "country", "outlet_id", "source")  # fmt: skip
EVENTS = {
    "lead": "Lead",
    "test_drive": "Test drive",
    "quotation": "Quotation",
    "retail_order": "Order",
    "retail_delivery": "Hand-over",
    "repair_order": "Workshop visit",
    "warranty_claim": "Warranty claim",
    "complaint": "Complaint",
}
# Who brings a car to be worked on looks after it, whoever owns it; a car of a test drive is not theirs.
_BROUGHT = ("repair_order", "warranty_claim", "retail_delivery")
STANDINGS = {
    "given": "allowed",
    "expired": "permission expired",
    "withdrawn": "refused",
    "refused": "asked not to be contacted",
    "listed": "on the blacklist",
}
STAGES = {"at_risk": "at risk", "won_back": "won back"}


def to_review(pairs: pl.DataFrame, decided: set[frozenset[str]]) -> pl.DataFrame:
    """Pairs that wait for a steward, the least certain first; those decided since the run are done."""
    waiting = pairs.filter((pl.col("band") == "review") & ~pl.col("is_merged")).sort("certainty", "record_l")
    ends = waiting.select("record_l", "record_r").iter_rows()
    return waiting.filter(pl.Series([frozenset(pair) not in decided for pair in ends], dtype=pl.Boolean))


def side_by_side(records: pl.DataFrame, left: str, right: str) -> pl.DataFrame:
    """Field, both values as text, and whether they are the same; fields that neither has are left out."""
    by_id = {row["customer_id"]: row for row in records.iter_rows(named=True)}
    one, other = by_id.get(left, {}), by_id.get(right, {})
    rows = [
        (words.label(name), _text(one.get(name)), _text(other.get(name)))
        for name in SIDES
        if one.get(name) is not None or other.get(name) is not None
    ]
    table = pl.DataFrame(rows, schema=["Field", left, right], orient="row")
    same = pl.when(pl.col(left) == pl.col(right)).then(pl.lit("=")).otherwise(pl.lit("≠"))
    return table.with_columns(same.alias("Same"))


def evidence(rows: pl.DataFrame) -> pl.DataFrame:
    """What each field said, the strongest word first; `for` or `against` being one."""
    return rows.sort(pl.col("bits").abs(), "field", descending=[True, False]).select(
        "field",
        "finding",
        "bits",
        side=pl.when(pl.col("bits") >= 0).then(pl.lit("for")).otherwise(pl.lit("against")),
    )


def name_of(row: Mapping[str, object]) -> str:
    """A customer as he is called; who may not see names reads the record's key."""
    parts = [row.get(n) for n in ("given_name", "family_name")]
    said = " ".join(str(p) for p in parts if p) or str(row.get("company_name") or "")
    return said if said and MASK not in said else str(row.get("known_as_id") or row.get("golden_id") or "")


def names(records: pl.DataFrame) -> dict[str, str]:
    """Record to name; a record whose name is not seen is called by its key."""
    rows = records.iter_rows(named=True)
    return {row["customer_id"]: name_of({**row, "known_as_id": row["customer_id"]}) for row in rows}


def stage(name: str) -> str:
    return STAGES.get(name, name)


def timeline(events: pl.DataFrame) -> pl.DataFrame:
    """Events, the latest first, in the reader's words."""
    kind = pl.col("event_kind").replace_strict(EVENTS, default=pl.col("event_kind"))
    ordered = events.sort("event_date", "event_kind", "document_key", descending=[True, False, False])
    spend = [
        words.money(spent, currency) if spent is not None else ""
        for spent, currency in ordered.select("spend_minor", "currency").iter_rows()
    ]
    return ordered.select(
        Day=pl.col("event_date").map_elements(words.day, return_dtype=pl.String),
        What=kind, Outlet="outlet_id", Car="vin", Paid=pl.Series(spend, dtype=pl.String),
        Document="document_key",
    )  # fmt: skip


def permissions(rows: pl.DataFrame) -> pl.DataFrame:
    """Purpose by channel: what stands, the most restrictive word of all his records."""
    consents = rows.filter(pl.col("kind") == "consent").unique(["purpose", "channel"])
    said = consents.with_columns(
        pl.col("standing").replace(STANDINGS), pl.col("purpose").str.replace("_", " ")
    )
    return said.sort("purpose", "channel").pivot("channel", index="purpose", values="standing")


def against_contact(rows: pl.DataFrame) -> list[str]:
    """Lists that outweigh every permission, in words."""
    lists = rows.filter(pl.col("kind") != "consent").unique(["kind", "channel"]).sort("kind", "channel")
    return [
        STANDINGS[standing] + ("" if channel == "all" else f" by {channel}")
        for standing, channel in lists.select("standing", "channel").iter_rows()
    ]


def cars(owned: pl.DataFrame, events: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """His cars with what is due: those he owns first, then those he brings, then those he had.

    owned: bridge_vehicle_owner of the records; events: of the customer; facts: mart_vehicle_360.
    Out: vin, model, standing, next_service_date, warranty_end_date, open_recalls, is_owned.
    """
    last = owned.sort("valid_from_date").unique("vin", keep="last", maintain_order=True)
    had = last.select(
        "vin", since="valid_from_date", until="valid_to_date", rank=pl.when("is_current").then(0).otherwise(2)
    )
    brought = (
        events.filter(pl.col("event_kind").is_in(_BROUGHT) & pl.col("vin").is_not_null())
        .join(had, on="vin", how="anti")
        .group_by("vin")
        .agg(since=pl.col("event_date").max(), until=pl.lit(None, pl.Date))
        .with_columns(rank=pl.lit(1, pl.Int32))
    )
    both = pl.concat([had, brought.select(had.columns)], how="vertical_relaxed")
    known = facts.select("vin", "model", "next_service_date", "warranty_end_date", "open_recalls")
    # what a car is owed is nobody's business any more who sold it
    cared = pl.col("rank") < 2
    return (
        both.join(known, on="vin", how="left")
        .sort("rank", "since", "vin", descending=[False, True, False])
        .select(
            "vin",
            "model",
            pl.struct("rank", "since", "until")
            .map_elements(_standing, return_dtype=pl.String)
            .alias("standing"),
            *(pl.when(cared).then(pl.col(c)).alias(c) for c in known.columns[2:]),
            is_owned=pl.col("rank") == 0,
        )
    )


def paid(events: pl.DataFrame) -> list[tuple[str, int]]:
    """Currency and what was paid in it, the most used first: what a reader may add up himself."""
    told = events.drop_nulls(["currency", "spend_minor"])
    sums = told.group_by("currency").agg(pl.col("spend_minor").sum(), n=pl.len()).sort("n", descending=True)
    return [(row["currency"], row["spend_minor"]) for row in sums.iter_rows(named=True)]


def lapse(risk: float | None, last: date | None) -> str:
    if risk is None:
        return "no estimate"
    since = f", last here {words.day(last)}" if last else ""
    return f"{words.percent(risk)} chance of not coming back{since}"


def _standing(row: Mapping[str, object]) -> str:
    since, until = row["since"], row["until"]
    assert isinstance(since, date)
    if row["rank"] == 1:
        return f"brought in, last on {words.day(since)}"
    if row["rank"] == 0 or not isinstance(until, date):
        return f"owner since {words.day(since)}"
    return f"owner until {words.day(until)}"


def _text(value: object) -> str:
    return words.DASH if value is None else str(value)
