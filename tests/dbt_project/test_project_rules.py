"""The house rules of the dbt project, read off its files; no dbt needed."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "dbt_project"
MODELS = PROJECT / "models"
SQL = sorted(MODELS.rglob("*.sql"))
# What Spark would not read; lives in macros, each beside its Spark twin.
DUCKDB_ONLY = re.compile(
    r"\b(?:(?:read_parquet|unnest|generate_series|quantile_cont|arg_max|arg_min|date_diff|epoch|timezone"
    r"|list_\w+|strftime|date_trunc)\(|qualify\b|recursive\b|group by all\b|order by all\b)"
)


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DOCS = load(ROOT / "docs" / "write_marts.py")
MARTS: dict[str, dict[str, Any]] = {mart["name"]: mart for area in DOCS.AREAS for mart in DOCS.marts(area)}
METRICS: list[dict[str, Any]] = DOCS.metrics()


def code(path: Path) -> str:
    """SQL without comments."""
    return re.sub(r"--.*", "", path.read_text())


@pytest.mark.parametrize("path", SQL, ids=lambda p: p.stem)
def test_only_staging_reads_a_source(path: Path) -> None:
    reads = "source(" in path.read_text()
    assert reads == ("staging" in path.parts)


@pytest.mark.parametrize("path", SQL, ids=lambda p: p.stem)
def test_what_only_duckdb_understands_stays_in_macros(path: Path) -> None:
    assert not DUCKDB_ONLY.findall(code(path))


@pytest.mark.parametrize("path", SQL, ids=lambda p: p.stem)
def test_no_duplicate_is_hidden_by_distinct_or_union(path: Path) -> None:
    text = code(path).lower()
    assert "select distinct" not in text
    assert len(re.findall(r"\bunion\b", text)) == len(re.findall(r"\bunion all\b", text))


def test_every_mart_is_declared_with_its_grain_and_every_column_described() -> None:
    files = {p.stem for p in (MODELS / "marts").rglob("*.sql")}
    assert files == set(MARTS)
    for mart in MARTS.values():
        columns = {c["name"] for c in mart["columns"]}
        assert set(DOCS.grain(mart)) <= columns, mart["name"]
        assert all(len(c["description"]) >= 4 and c["data_type"] for c in mart["columns"]), mart["name"]
        assert "One row per" in " ".join(mart["description"].split()), mart["name"]


def test_money_is_whole_minor_units_beside_a_currency() -> None:
    for mart in MARTS.values():
        columns = {c["name"]: c["data_type"] for c in mart["columns"]}
        money = [name for name in columns if name.endswith("_minor")]
        assert all(columns[name] == "bigint" for name in money), mart["name"]
        assert not money or "currency" in columns, mart["name"]


def test_every_personal_column_is_hidden_from_data_engineers() -> None:
    personal = {
        (mart["name"], column["name"]): column["config"]["meta"]
        for mart in MARTS.values()
        for column in mart["columns"]
        if column.get("config", {}).get("meta", {}).get("personal")
    }
    assert ("dim_customer", "phone") in personal
    assert all("data_engineer" in meta["hidden_from"] for meta in personal.values())


def test_every_mart_that_reads_a_personal_model_marks_the_columns_it_takes() -> None:
    staged = yaml.safe_load((MODELS / "staging" / "personal" / "personal__models.yml").read_text())["models"]
    names = {m["name"]: {c["name"] for c in m["columns"][2:]} for m in staged}
    # what survives of a golden customer stands in rows, one per field
    names["stg_engine_customer_survivor"] = names["stg_customer_record_personal"] | {"value"}
    for path in (MODELS / "marts").rglob("*.sql"):
        taken = set().union(*(columns for model, columns in names.items() if model in path.read_text()))
        for column in MARTS[path.stem]["columns"]:
            marked = column.get("config", {}).get("meta", {}).get("personal", False)
            assert marked == (column["name"] in taken), (path.stem, column["name"])


def test_a_metric_is_complete_and_is_grouped_by_columns_of_its_mart() -> None:
    wanted = {"id", "label", "mart", "numerator", "denominator", "unit", "direction", "version", "time", "by",
              "description"}  # fmt: skip
    assert len({m["id"] for m in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert set(metric) == wanted, metric["id"]
        assert metric["direction"] in {"up", "down"}, metric["id"]
        columns = {c["name"] for c in MARTS[metric["mart"]]["columns"]}
        assert set(metric["by"]) <= columns, metric["id"]
        assert metric["time"] is None or metric["time"] in columns, metric["id"]


def test_a_metric_reads_no_hidden_column() -> None:
    for metric in METRICS:
        hidden = {c["name"] for c in MARTS[metric["mart"]]["columns"] if c.get("config", {}).get("meta", {})}
        words = set(re.findall(r"[a-z_]+", f"{metric['numerator']} {metric['denominator']}"))
        assert not words & hidden, metric["id"]


def test_every_mart_is_read_by_somebody() -> None:
    exposures = yaml.safe_load((MODELS / "exposures.yml").read_text())["exposures"]
    exposed = {re.sub(r"ref\('(\w+)'\)", r"\1", need) for e in exposures for need in e["depends_on"]}
    assert exposed == set(MARTS)


def test_the_page_of_marts_is_what_is_declared() -> None:
    assert DOCS.PAGE.read_text() == DOCS.page(), "run: python docs/write_marts.py"
