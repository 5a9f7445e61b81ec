"""A delta finds what a full run finds, without scoring again what did not change."""

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from models.identity import kept
from models.identity.columns import recognise
from models.identity.decide import Bands
from models.identity.delta import FullRunNeeded, resolve_delta
from models.identity.normalise import normalise
from models.identity.plain import add_file, resolve_file
from models.identity.resolve import DECIDED, resolve
from pipelines.demo.crowd import crowd

pytestmark = pytest.mark.fast

NEW = 150


@pytest.fixture(scope="module")
def keys() -> pl.DataFrame:
    people = crowd(3_000, seed=11).drop("person_id")
    return normalise(recognise(people).records, secret=b"k").with_columns(mark=pl.lit(1, pl.UInt64))


@pytest.fixture(scope="module")
def new_ids(keys) -> pl.Series:
    return keys.sample(NEW, seed=1)["record_id"]


@pytest.fixture(scope="module")
def before(keys, new_ids, tmp_path_factory):
    """All but the new records, kept."""
    path = tmp_path_factory.mktemp("kept") / "resolution.duckdb"
    return path, resolve(without(keys, new_ids), keep=path)


@pytest.fixture(scope="module")
def full(keys, before):
    """Everything at once, judged by the kept models."""
    return resolve(keys, models=before[1].models)


@pytest.fixture
def path(before, tmp_path) -> Path:
    copy = tmp_path / "resolution.duckdb"
    copy.write_bytes(before[0].read_bytes())
    return copy


def without(keys: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    return keys.filter(~pl.col("record_id").is_in(ids.implode()))


def only(keys: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    return keys.filter(pl.col("record_id").is_in(ids.implode()))


def of(pairs: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    return pairs.filter(pl.col("record_l").is_in(ids.implode()) | pl.col("record_r").is_in(ids.implode()))


def decided(decision: str, *pairs: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame([(a, b, decision) for a, b in pairs], schema=DECIDED, orient="row")


def test_what_is_kept_is_what_was_found(before):
    path, found = before
    read = kept.resolution(path, Bands())
    assert_frame_equal(read.clusters, found.clusters)
    assert_frame_equal(read.pairs, found.pairs)
    assert kept.marks(path).height == found.clusters.height


def test_the_edges_of_a_delta_are_those_of_a_full_run(path, keys, new_ids, full):
    done = resolve_delta(path, only(keys, new_ids))
    found = kept.resolution(path, Bands())
    assert done.records == NEW
    assert of(full.pairs, new_ids).height > NEW / 2
    assert_frame_equal(of(found.pairs, new_ids), of(full.pairs, new_ids))


def test_clusters_after_a_delta_are_those_of_a_full_run_but_for_pairs_of_overgrown_keys(
    path, keys, new_ids, full
):
    resolve_delta(path, only(keys, new_ids))
    found = kept.resolution(path, Bands())
    lost = full.pairs.join(found.pairs, on=["record_l", "record_r"], how="anti")
    assert lost.is_empty()
    differs = found.clusters.join(full.clusters, on=["record_id", "cluster"], how="anti")
    assert differs.height <= 0.001 * full.clusters.height


def test_a_delta_in_pieces_ends_where_one_piece_does(path, keys, new_ids, tmp_path):
    other = tmp_path / "other.duckdb"
    other.write_bytes(path.read_bytes())
    resolve_delta(path, only(keys, new_ids))
    for part in (new_ids[:50], new_ids[50:51], new_ids[51:]):
        resolve_delta(other, only(keys, part))
    one, pieces = kept.resolution(path, Bands()), kept.resolution(other, Bands())
    assert_frame_equal(of(pieces.pairs, new_ids), of(one.pairs, new_ids))
    assert_frame_equal(pieces.clusters, one.clusters)


def test_a_record_that_is_gone_or_comes_back_leaves_everything_as_it_was(path, keys, before):
    some = before[1].clusters.filter(pl.len().over("cluster") > 2)["record_id"].head(40)
    resolve_delta(path, keys.clear(), gone=some)
    gone = kept.resolution(path, Bands())
    assert of(gone.pairs, some).is_empty()
    assert gone.clusters.height == before[1].clusters.height - len(some)
    resolve_delta(path, only(keys, some))
    again = kept.resolution(path, Bands())
    assert_frame_equal(again.clusters, before[1].clusters)
    assert_frame_equal(again.pairs, before[1].pairs)


def test_a_changed_record_is_judged_by_what_it_says_now(path, keys, before):
    pair = (
        before[1]
        .pairs.filter((pl.col("probability") > 0.999) & (pl.col("kind") == "person"))
        .row(0, named=True)
    )
    changed = only(keys, pl.Series([pair["record_l"]])).with_columns(
        given=pl.lit("zzyzx"), family=pl.lit("qwrt"), given_sound=pl.lit("sks"), family_sound=pl.lit("kvrt"),
        birth=pl.lit("19010203"), nid=pl.lit(1, pl.UInt64), nid_head=pl.lit(2, pl.UInt64),
        nid_tail=pl.lit(3, pl.UInt64), phone=pl.lit(None, pl.String), email=pl.lit(None, pl.String),
    )  # fmt: skip
    resolve_delta(path, changed)
    label = dict(kept.resolution(path, Bands()).clusters.select("record_id", "cluster").iter_rows())
    assert label[pair["record_l"]] != label[pair["record_r"]]


def test_decisions_of_a_delta_hold_and_withdrawing_them_is_an_undo(path, keys, before):
    clusters, pairs = before[1].clusters, before[1].pairs
    persons = clusters.filter(kind="person").unique("cluster").sort("record_id")["record_id"]
    merged = pairs.filter(kind="person", band="auto").row(0, named=True)
    apart = (merged["record_l"], merged["record_r"])
    said = pl.concat([decided("must_link", (persons[3], persons[4])), decided("cannot_link", apart)])
    done = resolve_delta(path, keys.clear(), decisions=said)
    label = dict(kept.resolution(path, Bands()).clusters.select("record_id", "cluster").iter_rows())
    assert label[persons[3]] == label[persons[4]]
    assert label[apart[0]] != label[apart[1]]
    assert done.records == 0
    assert 0 < done.reclustered < 40
    resolve_delta(path, keys.clear(), decisions=said.clear())
    assert_frame_equal(kept.resolution(path, Bands()).clusters, clusters)


def test_a_decision_on_a_record_that_comes_later_holds_when_it_comes(path, keys, new_ids):
    late, known = new_ids[0], without(keys, new_ids).filter(kind="person")["record_id"][0]
    said = decided("must_link", tuple(sorted((late, known))))
    resolve_delta(path, keys.clear(), decisions=said)
    resolve_delta(path, only(keys, pl.Series([late])).with_columns(kind=pl.lit("person")), decisions=said)
    label = dict(kept.resolution(path, Bands()).clusters.select("record_id", "cluster").iter_rows())
    assert label[late] == label[known]


def test_a_company_where_only_persons_are_kept_needs_a_full_run(keys, tmp_path):
    path = tmp_path / "resolution.duckdb"
    resolve(keys.filter(kind="person"), keep=path)
    with pytest.raises(FullRunNeeded, match="company"):
        resolve_delta(path, keys.filter(kind="company").head(1))


def test_a_full_run_that_fails_leaves_what_was_kept(keys, path):
    was = path.read_bytes()
    with pytest.raises(ValueError, match="no record"):
        resolve(keys.clear(), keep=path)
    assert path.read_bytes() == was
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_file_is_added_to_what_another_file_left(tmp_path):
    people = crowd(1_200, seed=2)
    people.head(1_100).write_parquet(tmp_path / "all.parquet")
    people.tail(100).drop("person_id").write_parquet(tmp_path / "new.parquet")
    resolve_file(tmp_path / "all.parquet", truth="person_id", keep=tmp_path / "kept")
    found = add_file(tmp_path / "new.parquet", keep=tmp_path / "kept", out=tmp_path / "out")
    figures = {f.name: f.value for f in found.figures}
    assert (figures["records_of_delta"], figures["records"]) == (100, 1_200)
    assert pl.read_parquet(tmp_path / "out" / "clusters.parquet").height == 1_200
    assert (tmp_path / "kept" / "key").stat().st_mode & 0o077 == 0
