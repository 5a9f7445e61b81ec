"""Golden customers from run to run: decisions hold, an undo gives all back, the erased leave nothing."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from models.identity.resolve import DECIDED
from pipelines.demo.crowd import crowd
from pipelines.golden import SCHEMAS, dated, golden_customers, records_without_golden

pytestmark = pytest.mark.fast

DAY, NEXT = date(2026, 6, 29), date(2026, 6, 30)
NONE = pl.DataFrame(schema=DECIDED)
FIRST = pl.DataFrame(schema=SCHEMAS["customer_map"])


@pytest.fixture(scope="module")
def customers() -> pl.DataFrame:
    people = crowd(600, seed=5)
    return people.rename({"record_id": "customer_id"}).with_columns(
        outlet_id=pl.col("customer_id").str.slice(0, 6),
        source=pl.lit("desk"),
        state=pl.lit("active"),
        language=pl.lit("en"),
        recorded_at=pl.lit(datetime(2026, 1, 1, tzinfo=UTC)),
    )


def run(customers, decisions=NONE, last=FIRST, day=NEXT):
    return golden_customers(customers, decisions, last, as_of=day, secret=b"k").frames


@pytest.fixture(scope="module")
def first(customers):
    return run(customers, day=DAY)


def decided(decision: str, *pairs: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame([(a, b, decision) for a, b in pairs], schema=DECIDED, orient="row")


def golden_of(tables) -> dict[str, str]:
    current = tables["customer_map"].filter(pl.col("valid_to_date").is_null())
    return dict(current.select("customer_id", "golden_id").iter_rows())


def strangers(tables) -> list[tuple[str, str]]:
    """Persons that nobody took for one."""
    persons = tables["customer_map"].filter(customer_type="person").unique("golden_id").sort("customer_id")
    ids = persons["customer_id"].to_list()
    return list(zip(ids[:10], ids[10:20], strict=True))


def test_every_record_belongs_to_one_golden_customer_and_again_to_the_same(customers, first):
    again = run(customers.sample(fraction=1, shuffle=True, seed=1), last=first["customer_map"])
    assert records_without_golden(customers, first["customer_map"]).is_empty()
    assert_frame_equal(again["customer_map"], first["customer_map"])
    assert again["identity_churn"].select("moved", "new", "gone", "made", "retired").row(0) == (0,) * 5


def test_undoing_a_merge_gives_every_record_back_and_leaves_every_table_as_it_was(customers, first):
    pairs = strangers(first)
    merged = run(customers, decided("must_link", *pairs), first["customer_map"])
    assert all(golden_of(merged)[a] == golden_of(merged)[b] for a, b in pairs)
    before = run(customers, last=first["customer_map"])
    undone = run(customers, last=merged["customer_map"])
    for name in set(SCHEMAS) - {"identity_churn"}:
        assert_frame_equal(undone[name], before[name])


def test_undoing_a_merge_on_a_later_day_gives_everybody_the_old_golden_id(customers, first):
    merged = run(customers, decided("must_link", *strangers(first)), first["customer_map"])
    undone = run(customers, last=merged["customer_map"], day=date(2026, 7, 1))
    assert golden_of(undone) == golden_of(first)
    moved = undone["customer_map"].filter(pl.col("valid_to_date").is_not_null())
    assert moved.height == 2 * merged["identity_churn"]["moved"].item()


def test_decisions_hold_through_thirty_replays(customers, first):
    pairs, last = strangers(first), first["customer_map"]
    decisions = decided("must_link", *pairs)
    for replay in range(30):
        part = customers.sample(n=40, shuffle=True, seed=replay)
        needed = customers.filter(pl.col("customer_id").is_in([i for pair in pairs for i in pair]))
        shown = pl.concat([part, needed]).unique("customer_id", maintain_order=True)
        tables = run(shown, decisions, last)
        assert all(golden_of(tables)[a] == golden_of(tables)[b] for a, b in pairs)


def test_an_erased_record_belongs_to_nobody_and_leaves_no_value(customers, first):
    gone = customers["customer_id"][0]
    state = pl.when(pl.col("customer_id") == gone).then(pl.lit("erased")).otherwise("state")
    tables = run(customers.with_columns(state=state), last=first["customer_map"])
    assert gone not in golden_of(tables)
    assert gone not in tables["customer_survivor"]["customer_id"].to_list()
    assert tables["identity_churn"]["gone"].item() == 1


def test_without_customers_every_table_is_there_and_empty(customers):
    tables = run(customers.clear())
    assert {name: frame.height for name, frame in tables.items()} == dict.fromkeys(SCHEMAS, 0)


def rows(*given: tuple[str, str, date, date | None]) -> pl.DataFrame:
    full = [(record, golden, "D1", "person", start, end) for record, golden, start, end in given]
    return pl.DataFrame(full, schema=SCHEMAS["customer_map"], orient="row")


def current(*given: tuple[str, str]) -> pl.DataFrame:
    full = [(record, golden, "D1", "person") for record, golden in given]
    return pl.DataFrame(full, schema=["customer_id", "golden_id", "outlet_id", "customer_type"], orient="row")


def test_a_record_that_moves_closes_its_row_and_opens_another():
    last = rows(("a", "G1", DAY, None), ("b", "G2", DAY, None))
    found = dated(last, current(("a", "G1"), ("b", "G1")), NEXT)
    assert_frame_equal(found, rows(("a", "G1", DAY, None), ("b", "G2", DAY, NEXT), ("b", "G1", NEXT, None)))


def test_a_record_that_moves_back_on_the_same_day_never_left():
    moved = rows(("b", "G2", DAY, NEXT), ("b", "G1", NEXT, None))
    assert_frame_equal(dated(moved, current(("b", "G2")), NEXT), rows(("b", "G2", DAY, None)))
