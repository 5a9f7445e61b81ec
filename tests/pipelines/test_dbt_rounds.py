"""Rounds of dbt between the engines: what waits for what."""

from graphlib import CycleError
from typing import Any

import dagster as dg
import pytest

from pipelines.dbt_rounds import rounds

pytestmark = pytest.mark.fast


def node(name: str, kind: str = "model", schema: str = "marts") -> dict[str, Any]:
    return {
        "unique_id": f"{kind}.dms.{name}",
        "name": name,
        "resource_type": kind,
        "config": {"schema": schema},
        "meta": {},
        "source_name": schema,
    }


def manifest(parents: dict[str, list[str]]) -> dict[str, Any]:
    """Marts and tests by what they read; a name with a point is a table of an engine."""
    nodes = [node(name, "test" if name.startswith("test_") else "model") for name in parents]
    tables = {p for read in parents.values() for p in read if p.startswith("engine.")}
    sources = {f"source.dms.{t}": node(t.removeprefix("engine."), "source", "engine") for t in tables}
    return {
        "nodes": {n["unique_id"]: n for n in nodes},
        "sources": sources,
        "parent_map": {
            n["unique_id"]: [f"{'source' if p.startswith('engine.') else 'model'}.dms.{p}" for p in read]
            for n, read in zip(nodes, parents.values(), strict=True)
        },
    }


def engine(table: str, *reads: str) -> dg.AssetsDefinition:
    @dg.multi_asset(specs=[dg.AssetSpec(["engine", table], deps=[r.split(".") for r in reads])], name=table)
    def made() -> None: ...

    return made


def names(parents: dict[str, list[str]], *engines: dg.AssetsDefinition) -> list[list[str]]:
    return [[n["name"] for n in nodes] for nodes in rounds(manifest(parents), engines)]


def test_without_engines_there_is_one_round() -> None:
    assert names({"sales": [], "report": ["sales"]}) == [["sales", "report"]]


def test_a_model_that_reads_an_engine_waits_for_it() -> None:
    parents = {"sales": [], "ahead": ["engine.forecast"], "board": ["ahead"], "report": ["sales"]}
    found = names(parents, engine("forecast", "marts.sales"))
    assert found == [["sales", "report"], ["ahead", "board"]]


def test_an_engine_that_reads_what_an_engine_led_to_makes_a_third_round() -> None:
    parents = {"sales": [], "value": ["engine.score"], "match": ["engine.shared"]}
    engines = engine("score", "marts.sales"), engine("shared", "marts.value")
    assert names(parents, *engines) == [["sales"], ["value"], ["match"]]


def test_an_engine_after_an_engine_needs_no_round_between() -> None:
    parents = {"sales": [], "ahead": ["engine.plan"]}
    found = names(parents, engine("forecast", "marts.sales"), engine("plan", "engine.forecast"))
    assert found == [["sales"], ["ahead"]]


def test_a_test_runs_in_the_round_of_the_last_model_it_reads() -> None:
    parents = {"sales": [], "ahead": ["engine.forecast"], "test_sold_is_ahead": ["sales", "ahead"]}
    found = names(parents, engine("forecast", "marts.sales"))
    assert found == [["sales"], ["ahead", "test_sold_is_ahead"]]


def test_an_engine_that_reads_what_rests_on_itself_is_refused() -> None:
    with pytest.raises(CycleError, match=r"engine\.forecast"):
        names({"sales": ["engine.forecast"]}, engine("forecast", "marts.sales"))
