"""Step 7, decide for the network: what is short is shared out, idle stock is moved, cars find their orders.

In: marts, suggestions and returns of the same run, rules as data. Out: `engine.part_allocation`,
`part_transfer`, `vehicle_allocation`, `vin_match`. No arithmetic lives here.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from forecasting.allocation import Rule, Share
from forecasting.car_allocation import allocate_cars, match_vins
from forecasting.part_shortage import find_transfers, share_shortages
from operational_api.documents.customer_grade_rule import GRADES
from pipelines.forecast import Tables
from pipelines.warehouse import ENGINE, Warehouse

# Without a rule in force: who waits by promise, then equal days of supply for parts, the forecast for cars.
FALLBACK = {
    "part": Rule("none in force", Share.days_supply, {}),
    "vehicle": Rule("none in force", Share.forecast, {}),
}
WITHOUT_CAR = ("approved", "consolidated", "scheduled", "produced")
QUARTER_DAYS = 91.3125
GRADE_POINTS = {grade: float(points) for points, grade in enumerate(reversed(GRADES))}  # the lowest: 0
SHARED = {
    "outlet_id": pl.String(), "wanted": pl.Int64(), "allocated": pl.Int64(), "for_waiting": pl.Int64(),
    "short": pl.Int64(), "score": pl.Float64(), "rank": pl.Int64(), "reason": pl.String(),
    "rule_id": pl.String(),
}  # fmt: skip
SCHEMAS: dict[str, pl.Schema] = {
    "part_allocation": pl.Schema(
        {"supplier_outlet_code": pl.String(), "part_id": pl.String(), "supply": pl.Int64(), **SHARED}
    ),
    "part_transfer": pl.Schema(
        {
            "part_id": pl.String(), "from_outlet_id": pl.String(), "to_outlet_id": pl.String(),
            "units": pl.Int64(), "saving_minor": pl.Int64(), "currency": pl.String(),
            "days_sooner": pl.Float64(),
        }
    ),
    "vehicle_allocation": pl.Schema({"product_id": pl.String(), **SHARED}),
    "vin_match": pl.Schema(
        {
            "vin": pl.String(), "vehicle_order_id": pl.String(), "outlet_id": pl.String(),
            "product_id": pl.String(), "match_no": pl.Int64(), "reason": pl.String(),
        }
    ),
}  # fmt: skip


def balance_network(
    warehouse: Warehouse, suggestions: pl.DataFrame, returns: pl.DataFrame, as_of: date
) -> Tables:
    """All four tables of SCHEMAS, empty where there is nothing short, idle or free."""
    rules = warehouse.read("mart_allocation_rule")
    parts, cars = rule_of(rules, "part"), rule_of(rules, "vehicle")
    shares, matches = _cars(warehouse, cars, as_of)
    made = {
        "part_allocation": _parts(warehouse, suggestions, parts, as_of).with_columns(
            rule_id=pl.lit(parts.name)
        ),
        "part_transfer": find_transfers(suggestions, returns, warehouse.read("mart_order_terms")),
        "vehicle_allocation": shares.rename({"item_id": "product_id"}).with_columns(
            rule_id=pl.lit(cars.name)
        ),
        "vin_match": matches,
    }
    return Tables(
        {name: frame.select(SCHEMAS[name].names()).cast(SCHEMAS[name]) for name, frame in made.items()}
    )


def rule_of(rules: pl.DataFrame, subject: str) -> Rule:
    """The newest rule in force for the subject that names no market; FALLBACK without one."""
    rows = rules.filter((pl.col("subject") == subject) & pl.col("market").is_null())
    if rows.is_empty():
        return FALLBACK[subject]
    first = rows.sort("effective_from_date", "allocation_rule_id", descending=True).row(0, named=True)
    own = rows.filter(
        (pl.col("allocation_rule_id") == first["allocation_rule_id"]) & pl.col("measure").is_not_null()
    )
    weights = {str(measure): float(weight) for measure, weight in own.select("measure", "weight").iter_rows()}
    return Rule(str(first["allocation_rule_id"]), Share(first["share"]), weights)


def _parts(warehouse: Warehouse, suggestions: pl.DataFrame, rule: Rule, as_of: date) -> pl.DataFrame:
    criticality = warehouse.read("mart_part_policy").select("outlet_id", "part_id", "criticality")
    owed = (
        warehouse.read("mart_backorder")
        .filter("is_open")
        .select("outlet_id", "part_id", "quantity", "owed_since_date", promised_date="eta_date")
    )
    stock = warehouse.read("mart_part_position").filter(
        pl.col("outlet_id").is_in(suggestions["supplier_outlet_code"].drop_nulls().unique().implode())
    )
    wanted = suggestions.join(criticality, on=["outlet_id", "part_id"], how="left").filter(
        pl.col("supplier_outlet_code").is_not_null()
    )
    supply = stock.select("outlet_id", "part_id", units="on_hand")
    return share_shortages(wanted, owed, supply, rule, as_of=as_of)


def _cars(warehouse: Warehouse, rule: Rule, as_of: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    orders = (
        warehouse.read("mart_order_pipeline")
        .filter(pl.col("is_open") & pl.col("vin").is_null() & pl.col("state").is_in(WITHOUT_CAR))
        .select(
            "vehicle_order_id", "outlet_id", "product_id", "series", "order_type", "priority", "ordered_date",
            "promised_date", "retail_order_id",
        )
    )  # fmt: skip
    orders = with_grades(orders, warehouse.read("fct_customer_event"), warehouse.read("mart_customer_value"))
    cars = warehouse.read("mart_free_vehicle").select("vin", "product_id", "production_date", "is_locked")
    shares = allocate_cars(orders, cars, _outlets(warehouse, orders), rule, as_of=as_of)
    return shares, match_vins(orders.drop("series"), cars, shares)


def with_grades(orders: pl.DataFrame, events: pl.DataFrame, value: pl.DataFrame) -> pl.DataFrame:
    """Orders with customer_grade in place of retail_order_id: points of whom the car is sold to, else 0."""
    sold = events.filter(event_kind="retail_order").select(
        retail_order_id="document_key", golden_id="golden_id"
    )
    graded = sold.join(value.select("golden_id", "grade"), on="golden_id").select(
        "retail_order_id",
        customer_grade=pl.col("grade").replace_strict(GRADE_POINTS, default=0.0, return_dtype=pl.Float64),
    )
    best = graded.group_by("retail_order_id").agg(pl.col("customer_grade").max())
    return (
        orders.join(best, on="retail_order_id", how="left", maintain_order="left")
        .with_columns(pl.col("customer_grade").fill_null(0.0))
        .drop("retail_order_id")
    )


def _outlets(warehouse: Warehouse, orders: pl.DataFrame) -> pl.DataFrame:
    """Stock, its age and the forecast a day, by outlet and product asked for; known by series."""
    stock = warehouse.read("mart_vehicle_stock_daily")
    today = stock.filter(pl.col("stock_date") == pl.col("stock_date").max())
    held = today.group_by("outlet_id", "series").agg(
        have=pl.len().cast(pl.Float64), mean_age_days=pl.col("days_since_receipt").mean()
    )
    ahead = warehouse.read("vehicle_forecast", ENGINE).filter(pl.col("horizon") <= 3)
    rates = ahead.group_by("outlet_id", "series").agg(forecast_per_day=pl.col("mean").sum() / QUARTER_DAYS)
    asked = orders.select("outlet_id", "product_id", "series").unique()
    return (
        asked.join(held, on=["outlet_id", "series"], how="left")
        .join(rates, on=["outlet_id", "series"], how="left")
        .select("outlet_id", "product_id", "have", "forecast_per_day", "mean_age_days")
    )


def not_shared_out(allocation: pl.DataFrame) -> pl.DataFrame:
    """Shortages whose shares are not what there is to share; there must be none."""
    sums = allocation.group_by("supplier_outlet_code", "part_id").agg(
        pl.col("allocated", "wanted").sum(), pl.col("supply").first()
    )
    return sums.filter(pl.col("allocated") != pl.min_horizontal("supply", "wanted"))
