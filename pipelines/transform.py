"""Step 4, transform: dbt's models as assets and its tests as checks, in two groups.

In: clean, personal and engine tables. Out: staging, intermediate, marts. `before_engines` is everything
the engines read; `after_engines` reads what they wrote. A test of severity error that fails ends the run.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from pipelines.business_date import business_date
from pipelines.dbt_build import DbtNode, Outcome, build
from pipelines.settings import Settings
from pipelines.warehouse import Warehouse

BEFORE, AFTER = "before_engines", "after_engines"
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
    """The two groups, and what the published marts are."""

    before: dg.AssetsDefinition
    after: dg.AssetsDefinition
    marts: tuple[dg.AssetKey, ...]


def dbt_groups(manifest_path: Path) -> DbtAssets:
    """Assets of the project, read off its manifest."""
    manifest = json.loads(manifest_path.read_text())
    marts = [
        n for n in manifest["nodes"].values() if n["resource_type"] == "model" and n["fqn"][1] == "marts"
    ]
    translator = Translator()
    keys = sorted(translator.get_asset_spec(manifest, n["unique_id"], None).key for n in marts)
    before, after = _group(manifest, translator, BEFORE), _group(manifest, translator, AFTER)
    return DbtAssets(before, after, tuple(keys))


def _group(manifest: Mapping[str, Any], translator: Translator, tag: str) -> dg.AssetsDefinition:
    @dbt_assets(
        manifest=manifest, select=f"tag:{tag}", name=tag, dagster_dbt_translator=translator, pool="warehouse"
    )
    def group(
        context: dg.AssetExecutionContext,
        settings: dg.ResourceParam[Settings],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        chosen = _selection(context, manifest, tag)
        nodes = build(settings, chosen, as_of=business_date(context), all_tests=tag == AFTER)
        yield from _events(nodes, manifest, translator, warehouse.row_counts(), context)
        demand_success(nodes)

    return group


def _selection(context: dg.AssetExecutionContext, manifest: Mapping[str, Any], tag: str) -> list[str]:
    if not context.is_subset:
        return [f"tag:{tag}"]
    wanted = {key.path[-1] for key in context.selected_asset_keys}
    return [n["name"] for n in manifest["nodes"].values() if n["name"] in wanted]


def _events(
    nodes: Sequence[DbtNode],
    manifest: Mapping[str, Any],
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
