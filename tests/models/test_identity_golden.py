"""Golden ids stay with their people through merge, split and undo; every surviving value knows its source."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from models.identity.golden import MAP, assign, churn, golden_id
from models.identity.survive import survive

pytestmark = pytest.mark.fast

NONE = pl.DataFrame(schema=MAP)


def clusters(*groups: str) -> pl.DataFrame:
    """`"ab"` is one cluster of the records a and b; records are as old as their letter is early."""
    rows = [(record, group[0], ord(record)) for group in groups for record in group]
    return pl.DataFrame(rows, schema=["record_id", "cluster", "age"], orient="row")


def ids(*groups: str, after: pl.DataFrame = NONE) -> dict[str, str]:
    return dict(assign(clusters(*groups), after).map.iter_rows())


def test_a_new_golden_record_is_named_after_its_oldest_member():
    assert ids("ba", "c") == {"a": golden_id("a"), "b": golden_id("a"), "c": golden_id("c")}


def test_whoever_did_not_change_keeps_the_id_and_the_rest_of_the_file_does_not_matter():
    first = assign(clusters("ab", "cd", "e"), NONE).map
    later = ids("ab", "cde", "f", after=first)
    assert {later["a"], later["b"]} == {golden_id("a")}
    assert later["f"] == golden_id("f")


def test_a_merged_record_takes_the_id_that_holds_most_records_and_of_equals_the_oldest():
    first = assign(clusters("a", "bcd", "e", "f"), NONE).map
    found = assign(clusters("abcd", "ef"), first)
    assert set(found.map.filter(pl.col("record_id").is_in(list("abcd")))["golden_id"]) == {golden_id("b")}
    assert set(found.map.filter(pl.col("record_id").is_in(list("ef")))["golden_id"]) == {golden_id("e")}
    assert found.redirects.rows() == sorted(
        [(golden_id("a"), golden_id("b")), (golden_id("f"), golden_id("e"))]
    )


def test_undoing_a_merge_gives_everybody_their_old_id():
    first = assign(clusters("a", "bc"), NONE).map
    merged = assign(clusters("abc"), first).map
    assert assign(clusters("a", "bc"), merged).map.equals(first)


def test_a_split_leaves_the_id_with_the_larger_part_and_never_gives_it_to_another():
    first = assign(clusters("abc"), NONE).map
    later = ids("a", "bc", after=first)
    assert later["b"] == later["c"] == golden_id("a")
    assert later["a"] not in {golden_id("a"), golden_id("b"), golden_id("c")}


def test_ids_do_not_depend_on_the_order_of_rows():
    now, before = clusters("ab", "cd", "e"), assign(clusters("a", "bc", "de"), NONE).map
    shuffled = assign(
        now.sample(fraction=1, shuffle=True, seed=2), before.sample(fraction=1, shuffle=True, seed=3)
    )
    assert shuffled.map.equals(assign(now, before).map)


@pytest.mark.parametrize("seed", range(30))
def test_every_record_whose_component_did_not_change_keeps_its_id_whatever_the_order_of_rows(seed):
    """Four thousand records; a third of the components merge, split, lose or win a record."""
    rng = np.random.default_rng(seed)
    cluster = rng.integers(0, 2000, 4000)
    before = pl.DataFrame(
        {"record_id": [f"R{n}" for n in range(4000)], "cluster": cluster, "age": range(4000)}
    )
    moved = (cluster % 3 == 0) & (rng.random(4000) < 0.5)
    now = before.with_columns(
        cluster=pl.Series(np.where(moved, 3 * rng.integers(0, 700, 4000), cluster))
    ).filter(pl.Series((cluster % 3 != 0) | (rng.random(4000) > 0.1)))
    text = pl.col("cluster").cast(pl.String)
    first = assign(before.with_columns(text), NONE).map
    shuffled = (frame.sample(fraction=1, shuffle=True, seed=seed) for frame in (now, first))
    later = assign(*(f.with_columns(text) if "cluster" in f.columns else f for f in shuffled)).map
    still = now.filter(pl.col("cluster") % 3 != 0).select("record_id")
    assert still.height > 2000
    kept = [ids.join(still, on="record_id", how="semi").sort("record_id") for ids in (first, later)]
    assert kept[0].equals(kept[1])
    assert not first.equals(later)


def test_churn_counts_what_became_of_every_record_and_id():
    before = assign(clusters("ab", "c", "d"), NONE).map
    found = churn(before, assign(clusters("abc", "e"), before).map)
    assert (found.kept, found.moved, found.new, found.gone, found.made, found.retired) == (2, 1, 1, 1, 1, 2)


def values(*rows: tuple[str, str, str, str | None, int, bool]) -> pl.DataFrame:
    full = [
        ("g", record, source, field, value, date(2026, 1, day), ok)
        for record, source, field, value, day, ok in rows
    ]
    columns = ["golden_id", "record_id", "source", "field", "value", "as_of", "is_verified"]
    return pl.DataFrame(full, schema=columns, orient="row")


TRUST = pl.DataFrame({"field": ["", "", "phone"], "source": ["maker", "dealer", "dealer"], "rank": [1, 2, 1]})


@pytest.mark.parametrize(
    ("rows", "survivor"),
    [
        ([("a", "dealer", "city", "Dubai", 9, True), ("b", "maker", "city", "Ajman", 1, False)], "a"),
        ([("a", "dealer", "city", "Dubai", 9, False), ("b", "maker", "city", "Ajman", 1, False)], "b"),
        ([("a", "dealer", "phone", "1", 1, False), ("b", "maker", "phone", "2", 9, False)], "a"),
        ([("a", "dealer", "city", "Dubai", 1, False), ("b", "dealer", "city", "Ajman", 9, False)], "b"),
        ([("a", "dealer", "name", "A", 1, False), ("b", "dealer", "name", "Anna", 1, False)], "b"),
        ([("a", "maker", "city", None, 9, True), ("b", "fair", "city", "Ajman", 1, False)], "b"),
    ],
    ids=[
        "verified first",
        "then trust",
        "trust of the field",
        "then recent",
        "then complete",
        "null is no value",
    ],
)
def test_of_several_values_the_better_one_survives_and_knows_where_it_came_from(rows, survivor):
    found = survive(values(*rows), TRUST)
    assert found.height == 1
    assert found["record_id"].item() == survivor
    assert found["source"].item() == {row[0]: row[1] for row in rows}[survivor]


def test_of_permissions_the_most_restrictive_wins_whoever_said_it():
    rows = values(
        ("a", "maker", "consent", "granted", 9, True), ("b", "fair", "consent", "withdrawn", 1, False)
    )
    found = survive(rows, TRUST, restrictive={"consent": ("withdrawn", "granted")})
    assert found["value"].item() == "withdrawn"
