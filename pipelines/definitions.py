"""The pipeline's table of contents: every step in the order of the flow, its checks, its schedule.

Entry point of Dagster, and what `dms run` executes in one process. An asset reads, calls, writes.
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from operational_api.documents import DOCUMENTS
from pipelines.business_date import DAYS, business_date
from pipelines.clean import clean, read_clean
from pipelines.code_version import code_version
from pipelines.database import with_database
from pipelines.dbt_build import manifest_path
from pipelines.erasure import BytesRemain, Forgotten, forget_erased
from pipelines.extract import extract, read_manifest
from pipelines.feeds import ensure_feeds, feed_rows
from pipelines.file_feeds import FEED_BY_NAME, FEEDS
from pipelines.forecast import (
    PART_TABLES,
    SCHEMAS,
    VEHICLE_TABLES,
    Signals,
    Tables,
    project_parts,
    project_vehicles,
    series_without_forecast,
)
from pipelines.golden import SCHEMAS as GOLDEN
from pipelines.golden import records_without_golden, resolve_customers
from pipelines.importing import take_inbox
from pipelines.network import SCHEMAS as NETWORK
from pipelines.network import balance_network, not_shared_out
from pipelines.plan import TABLES as PLAN_TABLES
from pipelines.plan import keep_published, plan_vintages
from pipelines.postgres import DatabaseRole
from pipelines.publish import publish
from pipelines.quarantine import report_rejected
from pipelines.replenish import (
    decide,
    give_back,
    not_explained,
    not_explained_returns,
    without_verdict,
)
from pipelines.run_checks import loads_that_do_not_add_up, run_checks
from pipelines.scoring import SCHEMAS as SCORES
from pipelines.scoring import score
from pipelines.settings import Settings, read_settings
from pipelines.transform import OWNER, dbt_groups
from pipelines.vehicle_numbers import SCHEMAS as NUMBERS
from pipelines.vehicle_numbers import decode_vehicles
from pipelines.warehouse import ENGINE, Warehouse

SETTINGS = read_settings()
DBT = dbt_groups(manifest_path(SETTINGS))
RETRY = dg.RetryPolicy(max_retries=3, delay=2, backoff=dg.Backoff.EXPONENTIAL)  # input and output only

SettingsOf = dg.ResourceParam[Settings]
WarehouseOf = dg.ResourceParam[Warehouse]


def _key(*path: str) -> dg.AssetKey:
    return dg.AssetKey(list(path))


INBOX, CHANGES, QUARANTINE = _key("raw", "inbox"), _key("raw", "changes"), _key("clean", "quarantine")
CLEAN = [_key("operational", d.name) for d in DOCUMENTS]
PERSONAL = [_key("personal", d.name) for d in DOCUMENTS if d.personal]


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
                _key("feeds", f.name),
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


# --- 4 transform: DBT.before ------------------------------------------------------------------------
# --- 5 fit ------------------------------------------------------------------------------------------
# --- 6 project --------------------------------------------------------------------------------------


def _engine_specs(tables: tuple[str, ...], deps: list[dg.AssetKey]) -> list[dg.AssetSpec]:
    return [
        dg.AssetSpec(_key(ENGINE, t), deps=deps, group_name="engine", owners=[OWNER], kinds={"polars"})
        for t in tables
    ]


def _written(warehouse: Warehouse, tables: Tables) -> Iterator[dg.MaterializeResult[None]]:
    for name, frame in tables.frames.items():
        rows = warehouse.write(name, frame)
        yield dg.MaterializeResult(asset_key=_key(ENGINE, name), metadata={"dagster/row_count": rows})


DEMAND = _key("marts", "mart_part_demand_month")
NEED = _key("marts", "mart_part_need_known")
VEHICLE_SALES = _key("marts", "mart_vehicle_sales_month")
VEHICLE_SIGNALS = ("mart_vehicle_driver", "mart_vehicle_need_known")
LAUNCHES = ("fct_launch_plan", "dim_product")
POSITION, POLICY = _key("marts", "mart_part_position"), _key("marts", "mart_part_policy")
CHAIN, REQUESTS = _key("marts", "bridge_part_chain"), _key("marts", "fct_part_demand")
KITS, STAND_INS = _key("marts", "bridge_part_kit"), _key("marts", "bridge_part_interchange")
TERMS, WAITS = _key("marts", "mart_order_terms"), _key("marts", "mart_part_lead_time")
RETURNED, BACKORDERS = _key(ENGINE, "return_suggestion"), _key("marts", "mart_backorder")
ORDERS, FREE = _key("marts", "mart_order_pipeline"), _key("marts", "mart_free_vehicle")
RULES, CAR_STOCK = _key("marts", "mart_allocation_rule"), _key("marts", "mart_vehicle_stock_daily")
CARS, RATE_AHEAD = _key(ENGINE, "vehicle_forecast"), _key(ENGINE, "part_rate_ahead")
CUSTOMER_EVENT, CUSTOMER_VALUE = _key("marts", "fct_customer_event"), _key("marts", "mart_customer_value")
GROUPS, RECEIPTS = _key("marts", "mart_stock_group"), _key("marts", "fct_part_receipt")
SERIES, SUGGESTION = _key(ENGINE, "part_series"), _key(ENGINE, "replenishment_suggestion")

PLAN_CHANGE = _key("marts", "fct_plan_change")
VEHICLE = _key("marts", "dim_vehicle")
LIVED = [
    _key("marts", t) for t in ("fct_lead", "fct_lead_event", "fct_vehicle_event", "bridge_vehicle_owner")
]
CUSTOMER = _key("marts", "dim_customer")
DECIDED = [_key("operational", name) for name in ("identity_decision", "identity_rule", "source_trust")]


@dg.multi_asset(specs=_engine_specs(tuple(GOLDEN), [CUSTOMER, *DECIDED]))
def customers_resolved(
    context: dg.AssetExecutionContext, settings: SettingsOf, warehouse: WarehouseOf
) -> Iterator[dg.MaterializeResult[None]]:
    """Golden customers: who is who, what survived, who lives together, what a steward should look at."""
    found = resolve_customers(settings, warehouse, business_date(context))
    context.log.info(f"{found.way.reason}: {found.way.records} records resolved")
    yield from _written(warehouse, found.tables)


@dg.asset_check(asset=_key(ENGINE, "customer_map"), additional_deps=[CUSTOMER], blocking=True)
def every_customer_record_belongs_to_one_golden_customer(warehouse: WarehouseOf) -> dg.AssetCheckResult:
    """A record that belongs to nobody would drop out of every view of a customer."""
    customers, mapped = warehouse.read("dim_customer"), warehouse.read("customer_map", ENGINE)
    wrong = records_without_golden(customers, mapped)
    return dg.AssetCheckResult(
        passed=wrong.is_empty(), metadata={"wrong": wrong.height, "sample": str(wrong.head(5).rows())}
    )


@dg.multi_asset(specs=_engine_specs(tuple(NUMBERS), [VEHICLE]))
def vehicles_decoded(
    context: dg.AssetExecutionContext, warehouse: WarehouseOf
) -> Iterator[dg.MaterializeResult[None]]:
    """What each car's number says: maker, country, model year, plant, and whether its check digit fits."""
    yield from _written(warehouse, decode_vehicles(warehouse.read("dim_vehicle"), business_date(context)))


@dg.multi_asset(specs=_engine_specs(tuple(SCORES), [VEHICLE, *LIVED]))
def scored(context: dg.AssetExecutionContext, warehouse: WarehouseOf) -> Iterator[dg.MaterializeResult[None]]:
    """Chances of open leads and of owners with their reasons, and how good such chances were."""
    yield from _written(warehouse, score(warehouse, business_date(context)))


@dg.multi_asset(specs=_engine_specs(PART_TABLES, [DEMAND, NEED]))
def parts_projected(warehouse: WarehouseOf) -> Iterator[dg.MaterializeResult[None]]:
    """Parts demand ahead: mean and quantiles per month, method and use of bookings chosen on a backtest."""
    demand, need = warehouse.read("mart_part_demand_month"), warehouse.read("mart_part_need_known")
    yield from _written(warehouse, project_parts(demand, need))


@dg.multi_asset(
    specs=_engine_specs(
        VEHICLE_TABLES, [VEHICLE_SALES, *(_key("marts", t) for t in (*LAUNCHES, *VEHICLE_SIGNALS))]
    )
)
def vehicles_projected(warehouse: WarehouseOf) -> Iterator[dg.MaterializeResult[None]]:
    """Car sales ahead by outlet and series, with the backtest of every method at every level."""
    yield from _written(warehouse, _vehicles(warehouse))


@dg.multi_asset(
    specs=_engine_specs(
        PLAN_TABLES,
        [
            PLAN_CHANGE, VEHICLE_SALES, DEMAND, _key("marts", "dim_outlet"), _key(ENGINE, "vehicle_forecast"),
            _key(ENGINE, "part_forecast"), _key("marts", "mart_supply"), _key("marts", "fct_plan_scenario"),
        ],
    )
)  # fmt: skip
def planned(
    context: dg.AssetExecutionContext, settings: SettingsOf, warehouse: WarehouseOf
) -> Iterator[dg.MaterializeResult[None]]:
    """The plan at every step from naive to final, beside the vintages kept of earlier months."""
    yield from _written(warehouse, plan_vintages(settings, warehouse, business_date(context)))


def _vehicles(warehouse: Warehouse) -> Tables:
    sales = warehouse.read("mart_vehicle_sales_month")
    promoted, known = (warehouse.read(name) for name in VEHICLE_SIGNALS)
    launches, products = (warehouse.read(name) for name in LAUNCHES)
    return project_vehicles(sales, launches, products, Signals(promoted, known))


@dg.asset_check(asset=SERIES, additional_deps=[DEMAND], blocking=True)
def every_part_with_history_has_a_forecast(warehouse: WarehouseOf) -> dg.AssetCheckResult:
    """A part without one would silently never be ordered; replenishment must not run."""
    demand, series = warehouse.read("mart_part_demand_month"), warehouse.read("part_series", ENGINE)
    missing = series_without_forecast(demand, series)
    return dg.AssetCheckResult(
        passed=missing.is_empty(), metadata={"missing": missing.height, "sample": str(missing.head(5).rows())}
    )


# --- 7 decide ---------------------------------------------------------------------------------------


@dg.multi_asset(
    specs=_engine_specs(
        ("replenishment_suggestion", "return_suggestion", "suggestion_explain", "stock_frontier"),
        [
            POSITION, POLICY, SERIES, RATE_AHEAD, CHAIN, KITS, STAND_INS, DEMAND, REQUESTS, TERMS, WAITS,
            GROUPS, RECEIPTS, QUARANTINE,
        ],
    )
)  # fmt: skip
def replenished(
    context: dg.AssetExecutionContext, warehouse: WarehouseOf
) -> Iterator[dg.MaterializeResult[None]]:
    """A verdict and a quantity for every active part at every outlet, and the steps that lead to it."""
    day = business_date(context)
    found = decide(warehouse, day)
    back = give_back(warehouse, found.suggestions, day)
    tables = {
        "replenishment_suggestion": found.suggestions,
        "return_suggestion": back.returns,
        "suggestion_explain": pl.concat([found.explain, back.explain], how="vertical_relaxed"),
        "stock_frontier": found.frontier,
    }
    yield from _written(warehouse, Tables(tables))


@dg.multi_asset(
    specs=_engine_specs(
        tuple(NETWORK),
        [
            SUGGESTION, RETURNED, POSITION, POLICY, TERMS, BACKORDERS, ORDERS, FREE, RULES, CAR_STOCK, CARS,
            CUSTOMER_EVENT, CUSTOMER_VALUE,
        ],
    )
)  # fmt: skip
def network_balanced(
    context: dg.AssetExecutionContext, warehouse: WarehouseOf
) -> Iterator[dg.MaterializeResult[None]]:
    """What is short shared out, idle stock moved, cars matched to orders: by rule, with reasons."""
    suggestions = warehouse.read("replenishment_suggestion", ENGINE)
    returns = warehouse.read("return_suggestion", ENGINE)
    yield from _written(warehouse, balance_network(warehouse, suggestions, returns, business_date(context)))


@dg.asset_check(asset=_key(ENGINE, "part_allocation"), blocking=True)
def shares_of_a_shortage_add_up_to_what_there_is(warehouse: WarehouseOf) -> dg.AssetCheckResult:
    """A unit shared out twice is promised to two customers."""
    wrong = not_shared_out(warehouse.read("part_allocation", ENGINE))
    return dg.AssetCheckResult(
        passed=wrong.is_empty(), metadata={"wrong": wrong.height, "sample": str(wrong.head(5).rows())}
    )


@dg.asset_check(asset=SUGGESTION, additional_deps=[POLICY], blocking=True)
def every_active_part_at_every_outlet_has_a_verdict(warehouse: WarehouseOf) -> dg.AssetCheckResult:
    """Silence about a part reads as 'nothing to do'."""
    policy, found = warehouse.read("mart_part_policy"), warehouse.read("replenishment_suggestion", ENGINE)
    missing = without_verdict(policy, found)
    return dg.AssetCheckResult(
        passed=missing.is_empty(), metadata={"missing": missing.height, "sample": str(missing.head(5).rows())}
    )


@dg.asset_check(asset=SUGGESTION, additional_deps=[_key(ENGINE, "suggestion_explain")], blocking=True)
def every_quantity_follows_from_its_explanation(warehouse: WarehouseOf) -> dg.AssetCheckResult:
    """The steps alone must give the quantity again, or they explain something else."""
    found = warehouse.read("replenishment_suggestion", ENGINE)
    steps = warehouse.read("suggestion_explain", ENGINE)
    wrong = not_explained(found, steps)
    if wrong.is_empty():
        wrong = not_explained_returns(warehouse.read("return_suggestion", ENGINE), steps)
    return dg.AssetCheckResult(
        passed=wrong.is_empty(), metadata={"wrong": wrong.height, "sample": str(wrong.head(5).rows())}
    )


# --- 4 again: DBT.after -----------------------------------------------------------------------------
# --- 8 publish --------------------------------------------------------------------------------------


@dg.asset(
    key=_key("published", "snapshot"),
    deps=[
        *DBT.marts,
        *(
            _key(ENGINE, t)
            for t in (*GOLDEN, *NUMBERS, *SCORES, *SCHEMAS, *PLAN_TABLES, "replenishment_suggestion")
        ),
    ],
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
        DBT.before,
        customers_resolved,
        vehicles_decoded,
        scored,
        parts_projected,
        vehicles_projected,
        planned,
        replenished,
        network_balanced,
        DBT.after,
        snapshot,
    ],
    asset_checks=[
        received_equals_accepted_plus_rejected_plus_duplicate,
        every_customer_record_belongs_to_one_golden_customer,
        every_part_with_history_has_a_forecast,
        every_active_part_at_every_outlet_has_a_verdict,
        every_quantity_follows_from_its_explanation,
        shares_of_a_shortage_add_up_to_what_there_is,
    ],
    jobs=[everything],
    schedules=[every_night],
    resources={"settings": SETTINGS, "warehouse": Warehouse(SETTINGS.warehouse_path)},
    executor=dg.in_process_executor,
)
