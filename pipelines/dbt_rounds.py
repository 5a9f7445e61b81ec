"""In which round of dbt each node can be built, read off what models and engines say they read.

In: dbt's manifest, the engines as Dagster assets. Out: rounds of nodes. A model waits for the engines whose
tables it reads, an engine for the marts it reads; so a new engine or mart finds its place by itself.
"""

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
from dagster_dbt.asset_utils import default_asset_key_fn

Node = Mapping[str, Any]
BUILT = ("seed", "model", "test")


def rounds(manifest: Node, engines: Sequence[dg.AssetsDefinition]) -> tuple[tuple[Node, ...], ...]:
    """Seeds, models and data tests of the manifest, round after round; engines run between two rounds.

    Raises graphlib.CycleError, which names the tables, when an engine reads what rests on its own tables.
    """
    nodes = {uid: n for uid, n in manifest["nodes"].items() if n["resource_type"] in BUILT}
    reads = _engine_reads(manifest, nodes, engines)
    graph = {uid: manifest["parent_map"].get(uid, ()) for uid in nodes} | reads
    at: dict[str, int] = {}
    for uid in TopologicalSorter(graph).static_order():
        waits = 1 if uid in reads else 0  # who reads an engine comes a round after what the engine reads
        at[uid] = max((at[parent] for parent in graph.get(uid, ())), default=0) + waits
    every = range(max((at[uid] for uid in nodes), default=-1) + 1)
    return tuple(tuple(n for uid, n in nodes.items() if at[uid] == number) for number in every)


def _engine_reads(
    manifest: Node, nodes: Mapping[str, Node], engines: Sequence[dg.AssetsDefinition]
) -> dict[str, list[str]]:
    """Nodes of dbt that an engine's table rests on, by the source that the table is to dbt."""
    tables = manifest["sources"] | {u: n for u, n in nodes.items() if n["resource_type"] != "test"}
    known = {default_asset_key_fn(node): uid for uid, node in tables.items()}
    specs = {spec.key: [d.asset_key for d in spec.deps] for engine in engines for spec in engine.specs}

    def rests_on(key: dg.AssetKey) -> list[str]:
        own = [known[k] for k in specs[key] if k not in specs and k in known]
        return own + [uid for k in specs[key] if k in specs for uid in rests_on(k)]

    return {known[key]: rests_on(key) for key in specs if key in known}
