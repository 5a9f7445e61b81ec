"""The pipeline's table of contents: every step in the order of the flow, its checks, its schedule.

Entry point of Dagster, and what `dms run` executes in one process. An asset reads, calls, writes.
"""

from collections.abc import Iterator

import dagster as dg

from operational_api.documents import DOCUMENTS
from pipelines.business_date import DAYS, business_date
from pipelines.clean import clean, read_clean
from pipelines.code_version import code_version
from pipelines.database import with_database
from pipelines.dbt_build import manifest_path
from pipelines.engines import ENGINE_CHECKS, ENGINES, QUARANTINE, SettingsOf, WarehouseOf
from pipelines.erasure import BytesRemain, Forgotten, forget_erased
from pipelines.extract import extract, read_manifest
from pipelines.feeds import ensure_feeds, feed_rows
from pipelines.file_feeds import FEED_BY_NAME, FEEDS
from pipelines.importing import take_inbox
from pipelines.plan import keep_published
from pipelines.postgres import DatabaseRole
from pipelines.publish import publish
from pipelines.quarantine import report_rejected
from pipelines.run_checks import loads_that_do_not_add_up, run_checks
from pipelines.settings import Settings, read_settings
from pipelines.transform import OWNER, dbt_groups
from pipelines.warehouse import Warehouse

SETTINGS = read_settings()
DBT = dbt_groups(manifest_path(SETTINGS), ENGINES)
RETRY = dg.RetryPolicy(max_retries=3, delay=2, backoff=dg.Backoff.EXPONENTIAL)  # input and output only

INBOX, CHANGES = dg.AssetKey(["raw", "inbox"]), dg.AssetKey(["raw", "changes"])
CLEAN = [dg.AssetKey(["operational", d.name]) for d in DOCUMENTS]
PERSONAL = [dg.AssetKey(["personal", d.name]) for d in DOCUMENTS if d.personal]


# --- 1 capture: files -------------------------------------------------------------------------------


@dg.asset(key=INBOX, group_name="raw", kinds={"file"}, owners=[OWNER], retry_policy=RETRY)
def inbox(context: dg.AssetExecutionContext, settings: SettingsOf) -> dg.MaterializeResult[None]:
    """Files in the inbox, taken in through their contract; what they held becomes documents or feed rows."""
    with with_database(settings) as own:
        taken = take_inbox(own)
    for result in taken:
        context.log.info(result.describe())
    return dg.MaterializeResult(
        metadata={
            "files": len(taken),
            "received": sum(r.received for r in taken),
            "accepted": sum(r.accepted for r in taken),
            "rejected": sum(r.rejected for r in taken),
            "duplicate": sum(r.duplicate for r in taken),
            "feed_rows": sum(r.accepted for r in taken if r.contract in FEED_BY_NAME),
        }
    )


# --- 2 extract --------------------------------------------------------------------------------------


@dg.asset(key=CHANGES, deps=[INBOX], group_name="raw", kinds={"postgres"}, owners=[OWNER], retry_policy=RETRY)
def changes(settings: SettingsOf) -> dg.MaterializeResult[None]:
    """Every committed change of every document, once. Rows counted by the database equal rows written."""
    with with_database(settings) as own:
        found = extract(own.role_url(DatabaseRole.EXTRACT), settings.raw_dir)
        forgotten = _forgotten(own)
    return dg.MaterializeResult(
        metadata={
            "read": found.read,
            "persons_forgotten": forgotten.persons,
            "dagster/row_count": found.manifest.rows,
            "watermark": str(found.manifest.hi),
            "epoch": found.manifest.epoch,
            "began_anew": found.began_anew,
        }
    )


def _forgotten(settings: Settings) -> Forgotten:
    """Dead rows that an old transaction still sees are no reason to publish nothing: a later run does it."""
    try:
        return forget_erased(settings)
    except BytesRemain as remaining:
        dg.get_dagster_logger().warning(str(remaining))
        return Forgotten()


# --- 3 contract -------------------------------------------------------------------------------------


@dg.multi_asset(
    specs=[
        *(
            dg.AssetSpec(
                k, deps=[CHANGES], group_name="clean", owners=[OWNER], kinds={"polars"}, skippable=True
            )
            for k in (*CLEAN, *PERSONAL)
        ),
        *(
            dg.AssetSpec(
                # Made beside the documents: without CHANGES its step could run before there is an extract.
                dg.AssetKey(["feeds", f.name]),
                deps=[INBOX, CHANGES],
                group_name="clean",
                owners=[OWNER],
                skippable=True,
            )
            for f in FEEDS
        ),
    ],
    can_subset=True,
)
def accepted(context: dg.AssetExecutionContext, settings: SettingsOf) -> Iterator[dg.MaterializeResult[None]]:
    """Rows that hold their contract, typed; one asset per document type, personal extract and feed."""
    manifest = read_manifest(settings.raw_dir)
    assert manifest is not None, "extract comes first"
    cleaned = clean(settings.raw_dir, settings.clean_dir, manifest)
    ensure_feeds(settings.feeds_dir)
    counts = {name: sum(f.accepted for f in cleaned.files if f.document == name) for name in _names()}
    counts |= {f.name: feed_rows(settings.feeds_dir, f) for f in FEEDS}
    for key in sorted(context.selected_asset_keys):
        metadata = {} if key in PERSONAL else {"dagster/row_count": counts[key.path[-1]]}
        yield dg.MaterializeResult(asset_key=key, metadata=metadata)


def _names() -> list[str]:
    return [d.name for d in DOCUMENTS]


@dg.asset(
    key=QUARANTINE, deps=CLEAN, group_name="clean", kinds={"postgres"}, owners=[OWNER], retry_policy=RETRY
)
def quarantine(settings: SettingsOf) -> dg.MaterializeResult[None]:
    """Rows that broke their contract, as documents that can be corrected and released.

    What it writes is extracted at once, so that the next run finds nothing new.
    """
    with with_database(settings) as own:
        held = report_rejected(own)
        if held:
            found = extract(own.role_url(DatabaseRole.EXTRACT), settings.raw_dir)
            clean(settings.raw_dir, settings.clean_dir, found.manifest)
    return dg.MaterializeResult(metadata={"rows_held_back": held})


@dg.asset_check(asset=QUARANTINE, blocking=True)
def received_equals_accepted_plus_rejected_plus_duplicate(settings: SettingsOf) -> dg.AssetCheckResult:
    """A row that is none of the three was lost without a word."""
    files = read_clean(settings.clean_dir)
    wrong = [f.path for f in files if f.received != f.accepted + f.rejected]
    wrong += loads_that_do_not_add_up(settings.clean_dir)
    return dg.AssetCheckResult(passed=not wrong, metadata={"files": len(files), "wrong": str(wrong[:5])})


# --- 4 transform: DBT.rounds, between them 5 fit, 6 project, 7 decide: engines.py --------------------
# --- 8 publish --------------------------------------------------------------------------------------


@dg.asset(
    key=dg.AssetKey(["published", "snapshot"]),
    deps=[*DBT.marts, *(table for engine in ENGINES for table in sorted(engine.keys))],
    partitions_def=DAYS,
    group_name="published",
    kinds={"parquet"},
    owners=[OWNER],
)
def snapshot(
    context: dg.AssetExecutionContext, settings: SettingsOf, warehouse: WarehouseOf
) -> dg.MaterializeResult[None]:
    """Marts, forecasts and suggestions as of one day: immutable, checksummed, moved to atomically.

    Partitioned by business day, so that a day can be published again as it was known then.
    """
    raw, files = read_manifest(settings.raw_dir), read_clean(settings.clean_dir)
    assert raw is not None, "extract comes first"
    published = publish(
        settings,
        warehouse,
        manifest_path=manifest_path(settings),
        as_of=business_date(context),
        code_version=code_version(settings.root),
        feed={"epoch": raw.epoch, "hi": raw.hi, "rows": raw.rows},
        checks=run_checks(context),
        counts={
            "documents": sum(f.received for f in files),
            "accepted": sum(f.accepted for f in files),
            "rejected": sum(f.rejected for f in files),
        },
    )
    keep_published(settings, warehouse, business_date(context))
    return dg.MaterializeResult(metadata={"snapshot": published.snapshot_id, "tables": len(published.tables)})


everything = dg.define_asset_job(
    "everything",
    selection=dg.AssetSelection.all(),
    description="The whole flow, once.",
    executor_def=dg.in_process_executor,
)


@dg.schedule(job=everything, cron_schedule="0 3 * * *", execution_timezone="UTC")
def every_night(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """At 03:00 UTC for the day that has just begun: the stock of the morning decides the morning's order."""
    day = context.scheduled_execution_time.date().isoformat()
    return dg.RunRequest(run_key=day, partition_key=day)


defs = dg.Definitions(
    assets=[
        inbox,
        changes,
        accepted,
        quarantine,
        *DBT.rounds,
        *ENGINES,
        snapshot,
    ],
    asset_checks=[received_equals_accepted_plus_rejected_plus_duplicate, *ENGINE_CHECKS],
    jobs=[everything],
    schedules=[every_night],
    resources={"settings": SETTINGS, "warehouse": Warehouse(SETTINGS.warehouse_path)},
    executor=dg.in_process_executor,
)
