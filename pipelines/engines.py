"""Steps 5 to 7 of the flow: what reads marts with code that SQL is not, and its checks.

In: marts. Out: tables of the schema `engine`: master data, forecasts, the plan, suggestions. What an engine
reads is said once, in `deps`: the rounds of dbt between the engines follow from it (`transform.py`).
"""

from collections.abc import Iterator
from datetime import date

import dagster as dg
import polars as pl

from forecasting.cleaning import marks_on
from pipelines.business_date import business_date
from pipelines.forecast import (
    PART_TABLES,
    VEHICLE_TABLES,
    Announced,
    Signals,
    Tables,
    project_parts,
    project_vehicles,
    series_without_forecast,
)
from pipelines.golden import SCHEMAS as GOLDEN
from pipelines.golden import records_without_golden, resolve_customers
from pipelines.network import SCHEMAS as NETWORK
from pipelines.network import balance_network, not_shared_out
from pipelines.plan import TABLES as PLAN_TABLES
from pipelines.plan import plan_vintages
from pipelines.replenish import (
    decide,
    give_back,
    not_explained,
    not_explained_returns,
    without_verdict,
)
from pipelines.scoring import SCHEMAS as SCORES
from pipelines.scoring import score
from pipelines.settings import Settings
from pipelines.transform import OWNER
from pipelines.vehicle_numbers import SCHEMAS as NUMBERS
from pipelines.vehicle_numbers import decode_vehicles
from pipelines.warehouse import ENGINE, Warehouse

SettingsOf = dg.ResourceParam[Settings]
WarehouseOf = dg.ResourceParam[Warehouse]


def _key(*path: str) -> dg.AssetKey:
    return dg.AssetKey(list(path))


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


def _none(wrong: pl.DataFrame) -> dg.AssetCheckResult:
    """Passes when there is no row that breaks the rule; tells how many there are, and the first."""
    return dg.AssetCheckResult(
        passed=wrong.is_empty(), metadata={"wrong": wrong.height, "sample": str(wrong.head(5).rows())}
    )


QUARANTINE = _key("clean", "quarantine")
DEMAND = _key("marts", "mart_part_demand_month")
NEED = _key("marts", "mart_part_need_known")
REPLACED, LAUNCHED = _key("marts", "fct_part_supersession"), _key("marts", "fct_part_launch")
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

PLAN_CHANGE, OUTLIERS = _key("marts", "fct_plan_change"), _key("marts", "fct_sales_outlier")
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
    return _none(wrong)


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


@dg.multi_asset(specs=_engine_specs(PART_TABLES, [DEMAND, NEED, REPLACED, LAUNCHED]))
def parts_projected(
    context: dg.AssetExecutionContext, warehouse: WarehouseOf
) -> Iterator[dg.MaterializeResult[None]]:
    """Parts demand ahead: mean and quantiles per month, method and use of bookings chosen on a backtest."""
    demand, need = warehouse.read("mart_part_demand_month"), warehouse.read("mart_part_need_known")
    ahead = Announced(warehouse.read("fct_part_supersession"), warehouse.read("fct_part_launch"))
    yield from _written(warehouse, project_parts(demand, need, ahead, business_date(context)))


@dg.multi_asset(
    specs=_engine_specs(
        VEHICLE_TABLES, [VEHICLE_SALES, OUTLIERS, *(_key("marts", t) for t in (*LAUNCHES, *VEHICLE_SIGNALS))]
    )
)
def vehicles_projected(
    context: dg.AssetExecutionContext, warehouse: WarehouseOf
) -> Iterator[dg.MaterializeResult[None]]:
    """Car sales ahead by outlet and series, with the backtest of every method at every level."""
    yield from _written(warehouse, _vehicles(warehouse, business_date(context)))


@dg.multi_asset(
    specs=_engine_specs(
        PLAN_TABLES,
        [
            PLAN_CHANGE, OUTLIERS, VEHICLE_SALES, DEMAND, REPLACED, LAUNCHED, _key("marts", "dim_outlet"),
            _key(ENGINE, "vehicle_forecast"), _key(ENGINE, "part_forecast"), _key("marts", "mart_supply"),
            _key("marts", "fct_plan_scenario"), _key("marts", "fct_plan_draft"),
            _key("marts", "fct_plan_lock"), _key("marts", "mart_supply_outlet"),
        ],
    )
)  # fmt: skip
def planned(
    context: dg.AssetExecutionContext, settings: SettingsOf, warehouse: WarehouseOf
) -> Iterator[dg.MaterializeResult[None]]:
    """The plan at every step from naive to final, beside the vintages kept of earlier months."""
    yield from _written(warehouse, plan_vintages(settings, warehouse, business_date(context)))


def _vehicles(warehouse: Warehouse, as_of: date) -> Tables:
    sales = warehouse.read("mart_vehicle_sales_month")
    promoted, known = (warehouse.read(name) for name in VEHICLE_SIGNALS)
    launches, products = (warehouse.read(name) for name in LAUNCHES)
    marks = marks_on(warehouse.read("fct_sales_outlier"), as_of)
    return project_vehicles(sales, launches, products, Signals(promoted, known, marks))


@dg.asset_check(asset=SERIES, additional_deps=[DEMAND], blocking=True)
def every_part_with_history_has_a_forecast(warehouse: WarehouseOf) -> dg.AssetCheckResult:
    """A part without one would silently never be ordered; replenishment must not run."""
    demand, series = warehouse.read("mart_part_demand_month"), warehouse.read("part_series", ENGINE)
    missing = series_without_forecast(demand, series)
    return _none(missing)


# --- 7 decide ---------------------------------------------------------------------------------------


@dg.multi_asset(
    specs=_engine_specs(
        ("replenishment_suggestion", "return_suggestion", "suggestion_explain", "stock_frontier"),
        [
            POSITION, POLICY, SERIES, RATE_AHEAD, CHAIN, KITS, STAND_INS, REPLACED, DEMAND, REQUESTS, TERMS,
            WAITS, GROUPS, RECEIPTS, QUARANTINE,
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
    return _none(wrong)


@dg.asset_check(asset=SUGGESTION, additional_deps=[POLICY], blocking=True)
def every_active_part_at_every_outlet_has_a_verdict(warehouse: WarehouseOf) -> dg.AssetCheckResult:
    """Silence about a part reads as 'nothing to do'."""
    policy, found = warehouse.read("mart_part_policy"), warehouse.read("replenishment_suggestion", ENGINE)
    missing = without_verdict(policy, found)
    return _none(missing)


@dg.asset_check(asset=SUGGESTION, additional_deps=[_key(ENGINE, "suggestion_explain")], blocking=True)
def every_quantity_follows_from_its_explanation(warehouse: WarehouseOf) -> dg.AssetCheckResult:
    """The steps alone must give the quantity again, or they explain something else."""
    found = warehouse.read("replenishment_suggestion", ENGINE)
    steps = warehouse.read("suggestion_explain", ENGINE)
    wrong = not_explained(found, steps)
    if wrong.is_empty():
        wrong = not_explained_returns(warehouse.read("return_suggestion", ENGINE), steps)
    return _none(wrong)


ENGINES = (
    customers_resolved,
    vehicles_decoded,
    scored,
    parts_projected,
    vehicles_projected,
    planned,
    replenished,
    network_balanced,
)
ENGINE_CHECKS = (
    every_customer_record_belongs_to_one_golden_customer,
    every_part_with_history_has_a_forecast,
    every_active_part_at_every_outlet_has_a_verdict,
    every_quantity_follows_from_its_explanation,
    shares_of_a_shortage_add_up_to_what_there_is,
)
