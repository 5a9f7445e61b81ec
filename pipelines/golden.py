"""Step 5, who is who: customer records in, golden customers out. The arithmetic is in `models/identity`.

In: `dim_customer`, stewards' decisions in force, the map of the last run. Out: `engine.customer_*`,
`engine.identity_churn`. The map is dated and half-open: a record that moves closes its row and opens another,
and one that moves back on the same day finds its old row again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from models.identity.golden import Golden, assign, churn
from models.identity.resolution import Resolution, evidence
from models.identity.survive import survive
from pipelines.code_version import code_version
from pipelines.durable import write_parquet
from pipelines.forecast import Tables
from pipelines.golden_kept import Way, bring_up_to_date, digest, forget
from pipelines.golden_rules import Rules, in_force
from pipelines.settings import Settings, read_secret
from pipelines.warehouse import Warehouse

FIELDS = ("given_name", "family_name", "company_name", "phone", "email", "address_line", "postcode", "city",
          "country", "birth_date", "language")  # fmt: skip
_TEXT, _NUMBER = pl.String(), pl.Float64()
_COUNTS = ("records", "golden_records", "kept", "moved", "new", "gone", "made", "retired", "pairs_to_review")
SCHEMAS: dict[str, pl.Schema] = {
    "customer_map": pl.Schema(
        {
            "customer_id": _TEXT, "golden_id": _TEXT, "outlet_id": _TEXT, "customer_type": _TEXT,
            "valid_from_date": pl.Date(), "valid_to_date": pl.Date(),
        }
    ),
    "customer_pair": pl.Schema(
        {
            **dict.fromkeys(("record_l", "record_r", "golden_l", "golden_r", "customer_type"), _TEXT),
            "probability": _NUMBER, "weight": _NUMBER, "household": _NUMBER, "band": _TEXT,
        }
    ),
    "customer_pair_evidence": pl.Schema(
        {"record_l": _TEXT, "record_r": _TEXT, "field": _TEXT, "finding": _TEXT, "bits": _NUMBER}
    ),
    "customer_household": pl.Schema({"golden_l": _TEXT, "golden_r": _TEXT, "bits": _NUMBER}),
    "customer_survivor": pl.Schema(
        {
            "golden_id": _TEXT, "field": _TEXT, "value": _TEXT, "source": _TEXT, "customer_id": _TEXT,
            "known_at": pl.Datetime("us", "UTC"),
        }
    ),
    "identity_churn": pl.Schema(
        {
            "as_of_date": pl.Date(), **dict.fromkeys(_COUNTS, pl.Int64()),
            "merged_from": _NUMBER, "asked_from": _NUMBER,
        }
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Resolved:
    """Every table of SCHEMAS, and how the run came to them."""

    tables: Tables
    way: Way


def resolve_customers(settings: Settings, warehouse: Warehouse, as_of: date) -> Resolved:
    """Read customers, decisions and the last map; find out who is who; keep the map.

    The map lies beside the warehouse, because golden ids must outlive it: an erasure begins a new warehouse.
    It holds keys of records and golden ids, nothing personal.
    """
    kept = settings.identity_dir / "customer_map.parquet"
    last = pl.read_parquet(kept) if kept.exists() else pl.DataFrame(schema=SCHEMAS["customer_map"])
    decisions = warehouse.read("stg_identity_decision", "staging").filter(state="in_force")
    secret = read_secret(settings.secrets_dir / "identity-key").encode()
    known = warehouse.read("dim_customer").filter(pl.col("state") != "erased")
    if known.is_empty():
        forget(settings.identity_dir)
        return Resolved(Tables({n: pl.DataFrame(schema=s) for n, s in SCHEMAS.items()}), Way("nobody", 0, 0))
    rules = in_force(
        warehouse.read("stg_identity_rule", "staging"), warehouse.read("stg_source_trust", "staging"), as_of
    )
    code = code_version(settings.root, ("models/identity",))
    by = digest(code, pl.__version__, duckdb.__version__, str(rules.bands), secret)
    resolution, way = bring_up_to_date(
        settings.identity_dir, known, decisions, bands=rules.bands, by=by, secret=secret
    )
    tables = golden_customers(known, resolution, last, rules, as_of=as_of)
    runs = settings.identity_dir / "churn.parquet"
    tables.frames["identity_churn"] = _with_earlier(runs, tables.frames["identity_churn"])
    write_parquet(runs, tables.frames["identity_churn"])
    write_parquet(kept, tables.frames["customer_map"])
    return Resolved(tables, way)


def _with_earlier(runs: Path, churn: pl.DataFrame) -> pl.DataFrame:
    """The churn of earlier days before that of this one; a day that is run again is told once."""
    if not runs.exists():
        return churn
    earlier = pl.read_parquet(runs).join(churn, on="as_of_date", how="anti")
    return pl.concat([earlier.select(churn.columns).cast(churn.schema), churn]).sort("as_of_date")


def golden_customers(
    known: pl.DataFrame, resolution: Resolution, last: pl.DataFrame, rules: Rules, *, as_of: date
) -> Tables:
    """Every table of SCHEMAS. `last`: the customer_map of the last run, empty before the first."""
    now = last.filter(pl.col("valid_to_date").is_null())
    golden = assign(
        resolution.clusters.join(
            known.select(record_id="customer_id", age="recorded_at"), on="record_id"
        ).select("record_id", "cluster", "age"),
        now.select(pl.col("customer_id", "golden_id").cast(pl.String)).rename({"customer_id": "record_id"}),
    )
    tables = {
        "customer_map": dated(last, _current(golden, known), as_of),
        "customer_pair": _pairs(resolution, golden),
        "customer_pair_evidence": evidence(resolution, _shown(resolution)).sort(
            "record_l", "record_r", "field"
        ),
        "customer_household": _households(resolution, golden),
        "customer_survivor": _survivors(known, golden, rules.trust),
        "identity_churn": _churn(last, golden, resolution, rules, as_of),
    }
    return Tables(
        {name: tables[name].select(schema.names()).cast(schema) for name, schema in SCHEMAS.items()}
    )


def dated(last: pl.DataFrame, current: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The last map brought to `current` (customer_id, golden_id, outlet_id, customer_type) on `as_of`.

    Rows that did not change are left alone; a row opened and closed on one day never was, and a row closed on
    this day whose record is back is opened again.
    """
    schema = SCHEMAS["customer_map"]
    key = ["customer_id", "golden_id"]
    past = last.select(schema.names()).cast(schema)
    is_open = pl.col("valid_to_date").is_null() | (pl.col("valid_to_date") == as_of)
    candidates, closed = past.filter(is_open), past.filter(~is_open)
    kept = candidates.join(current, on=key, how="semi").with_columns(valid_to_date=pl.lit(None, pl.Date))
    left = candidates.join(current, on=key, how="anti").with_columns(
        valid_to_date=pl.coalesce("valid_to_date", pl.lit(as_of))
    )
    ended = left.filter(pl.col("valid_from_date") < pl.col("valid_to_date"))
    opened = current.join(kept, on=key, how="anti").with_columns(
        valid_from_date=pl.lit(as_of), valid_to_date=pl.lit(None, pl.Date)
    )
    rows = pl.concat([closed, kept, ended, opened.select(schema.names())])
    return rows.sort("customer_id", "valid_from_date")


def records_without_golden(customers: pl.DataFrame, mapped: pl.DataFrame) -> pl.DataFrame:
    """Records, erased ones left out, that belong to no golden customer or to two; there must be none."""
    current = mapped.filter(pl.col("valid_to_date").is_null())
    counted = current.group_by("customer_id").len()
    known = customers.filter(pl.col("state") != "erased").select("customer_id")
    return known.join(counted, on="customer_id", how="left").filter(pl.col("len").fill_null(0) != 1)


def _current(golden: Golden, customers: pl.DataFrame) -> pl.DataFrame:
    placed = customers.select("customer_id", "outlet_id", "customer_type")
    return golden.map.rename({"record_id": "customer_id"}).join(placed, on="customer_id")


def _shown(resolution: Resolution) -> pl.DataFrame:
    return resolution.pairs.filter(pl.col("band") != "no")


def _pairs(resolution: Resolution, golden: Golden) -> pl.DataFrame:
    of = golden.map
    return (
        _shown(resolution)
        .join(of.rename({"record_id": "record_l", "golden_id": "golden_l"}), on="record_l")
        .join(of.rename({"record_id": "record_r", "golden_id": "golden_r"}), on="record_r")
        .rename({"kind": "customer_type"})
        .sort("record_l", "record_r")
    )


def _households(resolution: Resolution, golden: Golden) -> pl.DataFrame:
    of = golden.map.rename({"record_id": "cluster"})
    ends = (
        resolution.households()
        .join(of.rename({"cluster": "cluster_l", "golden_id": "a"}), on="cluster_l")
        .join(of.rename({"cluster": "cluster_r", "golden_id": "b"}), on="cluster_r")
    )
    return ends.select(
        golden_l=pl.min_horizontal("a", "b"), golden_r=pl.max_horizontal("a", "b"), bits="bits"
    ).sort("golden_l", "golden_r")


def _survivors(customers: pl.DataFrame, golden: Golden, trust: pl.DataFrame) -> pl.DataFrame:
    text = customers.select("customer_id", "source", "recorded_at", pl.col(FIELDS).cast(pl.String))
    long = text.unpivot(FIELDS, index=["customer_id", "source", "recorded_at"], variable_name="field")
    values = long.join(golden.map, left_on="customer_id", right_on="record_id").rename(
        {"customer_id": "record_id", "recorded_at": "as_of"}
    )
    survived = survive(values.with_columns(is_verified=pl.lit(False)), trust)
    return survived.rename({"record_id": "customer_id", "as_of": "known_at"})


def _churn(
    last: pl.DataFrame, golden: Golden, resolution: Resolution, rules: Rules, as_of: date
) -> pl.DataFrame:
    """Against the map as it stood before this day, so that a second run of a day says the same."""
    ended = pl.col("valid_to_date") < as_of
    before = last.filter((pl.col("valid_from_date") < as_of) & ~ended.fill_null(False))
    moved = churn(before.select(record_id="customer_id", golden_id="golden_id"), golden.map)
    counts = {
        "records": golden.map.height,
        "golden_records": golden.map["golden_id"].n_unique(),
        **asdict(moved),
        "pairs_to_review": resolution.pairs.filter(band="review").height,
    }
    row = {name: [counts[name]] for name in _COUNTS}
    bands = {"merged_from": [rules.bands.auto], "asked_from": [rules.bands.review]}
    return pl.DataFrame({"as_of_date": [as_of], **row, **bands})
