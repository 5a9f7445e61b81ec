"""Step 4, transform: dbt's models as assets and its tests as checks, in rounds between the engines.

In: clean, personal and engine tables. Out: staging, intermediate, marts. A round is what can be built with
the engines that have run (`dbt_rounds.py`). A test of severity error that fails ends the run.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets
from dagster_dbt.asset_utils import default_asset_key_fn, get_asset_check_key_for_test

from pipelines.business_date import business_date
from pipelines.dbt_build import DbtNode, Outcome, build
from pipelines.dbt_rounds import Node, rounds
from pipelines.settings import Settings
from pipelines.warehouse import Warehouse

OWNER = "team:data"


class Translator(DagsterDbtTranslator):
    """Groups by layer; one owner."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_asset_checks=True))

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return "reference" if dbt_resource_props["resource_type"] == "seed" else dbt_resource_props["fqn"][1]

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str]:
        return [OWNER]


@dataclass(frozen=True, slots=True)
class DbtAssets:
    """A group of assets per round, and what the published marts are."""

    rounds: tuple[dg.AssetsDefinition, ...]
    marts: tuple[dg.AssetKey, ...]


def dbt_groups(manifest_path: Path, engines: Sequence[dg.AssetsDefinition]) -> DbtAssets:
    """Assets of the project, read off its manifest; `engines` run between them."""
    manifest = json.loads(manifest_path.read_text())
    models = [n for n in manifest["nodes"].values() if n["resource_type"] == "model"]
    marts = sorted(default_asset_key_fn(n) for n in models if n["fqn"][1] == "marts")
    translator = Translator()
    groups = [_group(manifest, at, nodes, translator) for at, nodes in enumerate(rounds(manifest, engines))]
    return DbtAssets(tuple(groups), tuple(marts))


def _group(manifest: Node, at: int, nodes: Sequence[Node], translator: Translator) -> dg.AssetsDefinition:
    name = f"transform_{at + 1}"
    models = " ".join(n["name"] for n in nodes if n["resource_type"] != "test")

    @dbt_assets(
        manifest=manifest, select=models, name=name, dagster_dbt_translator=translator, pool="warehouse"
    )
    def group(
        context: dg.AssetExecutionContext,
        settings: dg.ResourceParam[Settings],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        chosen = _selection(context, manifest, nodes)
        built = build(settings, chosen, as_of=business_date(context))
        yield from _events(built, manifest, translator, warehouse.row_counts(), context)
        demand_success(built)

    return group


def _selection(context: dg.AssetExecutionContext, manifest: Node, nodes: Sequence[Node]) -> list[str]:
    """Names of the round's nodes; of a part of it, its models and the tests that read one of them."""
    if not context.is_subset:
        return [n["name"] for n in nodes]
    wanted = {n["unique_id"] for n in nodes if default_asset_key_fn(n) in context.selected_asset_keys}
    read_by = manifest["parent_map"]
    return [
        n["name"]
        for n in nodes
        if n["unique_id"] in wanted
        or (n["resource_type"] == "test" and wanted.intersection(read_by.get(n["unique_id"], ())))
    ]


def _events(
    nodes: Sequence[DbtNode],
    manifest: Node,
    translator: Translator,
    rows: Mapping[str, int],
    context: dg.AssetExecutionContext,
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """What dbt did, in Dagster's words: a materialization per model, a check result per test."""
    wanted = context.selected_asset_check_keys
    for node in (n for n in nodes if n.outcome is not Outcome.skipped):
        if node.resource_type == "test":
            key = get_asset_check_key_for_test(manifest, translator, node.unique_id, None)
            if key is not None and key in wanted:
                yield _check_result(node, key)
        elif node.outcome is Outcome.passed:
            asset = translator.get_asset_spec(manifest, node.unique_id, None).key
            table = manifest["nodes"][node.unique_id]
            count = rows.get(f"{table['schema']}.{table['alias']}")
            metadata: dict[str, Any] = {"seconds": node.seconds}
            metadata |= {} if count is None else {"dagster/row_count": count}
            yield dg.MaterializeResult(asset_key=asset, metadata=metadata)


def _check_result(node: DbtNode, key: dg.AssetCheckKey) -> dg.AssetCheckResult:
    warned = node.outcome is Outcome.warned
    return dg.AssetCheckResult(
        passed=node.outcome is Outcome.passed,
        asset_key=key.asset_key,
        check_name=key.name,
        severity=dg.AssetCheckSeverity.WARN if warned else dg.AssetCheckSeverity.ERROR,
        metadata={"failures": node.failures, "message": node.message},
    )


def demand_success(nodes: Sequence[DbtNode]) -> None:
    """End the step, and with it the run, when a model or a test of severity error failed."""
    failed = [n for n in nodes if n.outcome is Outcome.failed]
    if failed:
        told = "; ".join(f"{n.name}: {n.message.strip()}" for n in failed[:5])
        raise dg.Failure(f"dbt: {len(failed)} failed. {told}", allow_retries=False)
