"""Golden customers from run to run: decisions hold, an undo gives all back, the erased leave nothing."""

import shutil
from datetime import UTC, date, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from models.identity.decide import Bands
from models.identity.resolve import DECIDED
from pipelines import golden_kept
from pipelines.demo.crowd import crowd
from pipelines.golden import SCHEMAS, dated, golden_customers, records_without_golden
from pipelines.golden_kept import FULL_EVERY, bring_up_to_date
from pipelines.golden_rules import BANDS, TRUST, Rules, in_force

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


RULES = Rules(BANDS, TRUST)


@pytest.fixture(scope="module")
def kept_after_first(customers, tmp_path_factory):
    """What a first run of all customers keeps."""
    folder = tmp_path_factory.mktemp("identity")
    brought(folder, customers)
    return folder


@pytest.fixture
def folder(kept_after_first, tmp_path):
    return shutil.copytree(kept_after_first, tmp_path / "identity")


def brought(folder, customers, decisions=NONE, by="code"):
    return bring_up_to_date(folder, customers, decisions, bands=BANDS, by=by, secret=b"k")


def run(folder, customers, decisions=NONE, last=FIRST, day=NEXT):
    known = customers.filter(pl.col("state") != "erased")
    return golden_customers(known, brought(folder, known, decisions)[0], last, RULES, as_of=day).frames


@pytest.fixture(scope="module")
def first(kept_after_first, customers):
    return run(kept_after_first, customers, day=DAY)


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


def twins(tables) -> list[tuple[str, str]]:
    """Records that a run took for one person, apart from those that `strangers` names."""
    named = {i for pair in strangers(tables) for i in pair}
    rows = tables["customer_map"].filter(~pl.col("customer_id").is_in(list(named)))
    groups = rows.group_by("golden_id").agg(pl.col("customer_id").sort()).sort("golden_id")
    return [(ids[0], ids[1]) for ids in groups["customer_id"].to_list() if len(ids) > 1][:10]


def test_every_record_belongs_to_one_golden_customer_and_again_to_the_same(folder, customers, first):
    again = run(folder, customers.sample(fraction=1, shuffle=True, seed=1), last=first["customer_map"])
    assert records_without_golden(customers, first["customer_map"]).is_empty()
    assert_frame_equal(again["customer_map"], first["customer_map"])
    assert again["identity_churn"].select("moved", "new", "gone", "made", "retired").row(0) == (0,) * 5


def test_undoing_a_merge_gives_every_record_back_and_leaves_every_table_as_it_was(folder, customers, first):
    pairs = strangers(first)
    merged = run(folder, customers, decided("must_link", *pairs), first["customer_map"])
    assert all(golden_of(merged)[a] == golden_of(merged)[b] for a, b in pairs)
    before = run(folder, customers, last=first["customer_map"])
    undone = run(folder, customers, last=merged["customer_map"])
    for name in set(SCHEMAS) - {"identity_churn"}:
        assert_frame_equal(undone[name], before[name])


def test_undoing_a_merge_on_a_later_day_gives_everybody_the_old_golden_id(folder, customers, first):
    merged = run(folder, customers, decided("must_link", *strangers(first)), first["customer_map"])
    undone = run(folder, customers, last=merged["customer_map"], day=date(2026, 7, 1))
    assert golden_of(undone) == golden_of(first)
    moved = undone["customer_map"].filter(pl.col("valid_to_date").is_not_null())
    assert moved.height == 2 * merged["identity_churn"]["moved"].item()


@pytest.mark.timeout(400)  # thirty runs
def test_decisions_hold_through_thirty_replays(folder, customers, first):
    pairs, last = strangers(first), first["customer_map"]
    parted = twins(first)
    decisions = pl.concat([decided("must_link", *pairs), decided("cannot_link", *parted)])
    for replay in range(30):
        part = customers.sample(n=40, shuffle=True, seed=replay)
        named = [i for pair in (*pairs, *parted) for i in pair]
        needed = customers.filter(pl.col("customer_id").is_in(named))
        shown = pl.concat([part, needed]).unique("customer_id", maintain_order=True)
        tables = run(folder, shown, decisions, last)
        assert all(golden_of(tables)[a] == golden_of(tables)[b] for a, b in pairs)
        assert all(golden_of(tables)[a] != golden_of(tables)[b] for a, b in parted)


def test_an_erased_record_belongs_to_nobody_and_leaves_no_value(folder, customers, first):
    gone = customers["customer_id"][0]
    state = pl.when(pl.col("customer_id") == gone).then(pl.lit("erased")).otherwise("state")
    tables = run(folder, customers.with_columns(state=state), last=first["customer_map"])
    assert gone not in golden_of(tables)
    assert gone not in tables["customer_survivor"]["customer_id"].to_list()
    assert tables["identity_churn"]["gone"].item() == 1


def test_nothing_new_resolves_nothing_and_says_the_same(folder, customers):
    was = brought(folder, customers.sample(fraction=1, shuffle=True, seed=8))
    again = brought(folder, customers)
    assert was[1] == again[1]
    assert (again[1].reason, again[1].records, again[1].reclustered) == ("delta", 0, 0)
    assert_frame_equal(again[0].clusters, was[0].clusters)
    assert_frame_equal(again[0].pairs, was[0].pairs)


def test_only_new_changed_and_gone_records_are_resolved_again(folder, customers):
    phone = pl.when(pl.col("customer_id") == customers["customer_id"][5]).then(pl.lit("+971501112233"))
    now = customers.with_columns(phone=phone.otherwise("phone"))[1:]
    new = now.tail(3).with_columns(customer_id=pl.col("customer_id") + "-again")
    found, way = brought(folder, pl.concat([now, new]))
    assert (way.reason, way.records) == ("delta", 4)
    assert set(found.clusters["record_id"]) == set(now["customer_id"]) | set(new["customer_id"])
    label = dict(found.clusters.select("record_id", "cluster").iter_rows())
    assert all(label[i] == label[f"{i}-again"] for i in now.tail(3)["customer_id"])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda c: (c, "other code"), "code, rules or versions changed"),
        (lambda c: (c.head(500), "code"), "100 records changed since everything was resolved"),
    ],
)
def test_everything_is_resolved_when_a_delta_would_not_be_the_same(folder, customers, change, reason):
    now, by = change(customers)
    assert brought(folder, now, by=by)[1].reason == reason
    assert brought(folder, now, by=by)[1].reason == "delta"


def test_everything_is_resolved_after_so_many_deltas(folder, customers):
    for n in range(FULL_EVERY):
        assert brought(folder, customers[n + 1 :])[1].reason == "delta"
    assert brought(folder, customers[FULL_EVERY:])[1].reason == "delta"  # nothing new: no reason to
    assert brought(folder, customers)[1].reason == f"{FULL_EVERY} deltas since everything was resolved"


def test_after_an_erasure_nothing_is_kept(folder, customers):
    golden_kept.forget(folder)
    assert list(folder.iterdir()) == []
    assert brought(folder, customers)[1].reason == "nothing is kept yet"


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


def identity_rule(key: str, state: str, start: date, end: date | None, auto: int) -> dict[str, object]:
    return {"identity_rule_id": key, "state": state, "effective_from_date": start, "effective_to_date": end,
            "auto_permille": auto, "review_permille": 40}  # fmt: skip


NO_TRUST = pl.DataFrame(
    schema={"source_trust_id": pl.String, "state": pl.String, "effective_from_date": pl.Date,
            "effective_to_date": pl.Date, "source": pl.String, "attribute": pl.String, "trust_rank": pl.Int64}
)  # fmt: skip


def test_a_day_is_judged_by_the_rules_that_held_on_it():
    rules = pl.DataFrame(
        [
            identity_rule("R1", "ended", date(2026, 1, 1), date(2026, 6, 28), 900),
            identity_rule("R2", "active", date(2026, 6, 29), None, 950),
            identity_rule("R3", "draft", date(2026, 6, 29), None, 990),
        ],
        schema_overrides={"effective_to_date": pl.Date},
    )
    assert in_force(rules, NO_TRUST, date(2026, 6, 28)).bands.auto == 0.9
    assert in_force(rules, NO_TRUST, DAY).bands == Bands(auto=0.95, review=0.04)
    assert in_force(rules, NO_TRUST, date(2025, 1, 1)).bands == BANDS


def test_trust_of_an_attribute_stands_beside_trust_in_general_and_the_later_rule_counts():
    rows = [
        ("T1", "active", date(2026, 1, 1), None, "desk", None, 1),
        ("T2", "active", date(2026, 2, 1), None, "desk", None, 5),
        ("T3", "active", date(2026, 1, 1), None, "file", "phone", 1),
    ]
    dates = dict.fromkeys(["effective_from_date", "effective_to_date"], pl.Date)
    none = pl.DataFrame(schema={**dict.fromkeys(["identity_rule_id", "state"], pl.String), **dates})
    trust = in_force(none, pl.DataFrame(rows, schema=NO_TRUST.schema, orient="row"), DAY).trust
    assert trust.rows() == [("", "desk", 5), ("phone", "file", 1)]


def test_the_trusted_source_of_the_rule_survives(folder, customers):
    sources = pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("desk")).otherwise(pl.lit("file"))
    known = customers.with_columns(source=sources)
    found = {}
    for first in ("desk", "file"):
        order = pl.DataFrame({"field": [""], "source": [first], "rank": [1]})
        resolution = brought(folder, known)[0]
        tables = golden_customers(known, resolution, FIRST, Rules(BANDS, order), as_of=DAY).frames
        found[first] = tables["customer_survivor"].filter(field="family_name")
    assert (found["desk"]["source"] == "desk").sum() > (found["file"]["source"] == "desk").sum()
