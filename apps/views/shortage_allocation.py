"""Shortage allocation: who gets how much of what is scarce, and which car goes to which order?"""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from apps import allocating, frame, replenishing, session, words

PLANNERS = frozenset({"oem_planner", "admin"})
READERS = "regional managers and the maker's analysts"


def body(_snapshot: dict[str, Any]) -> None:
    parts, cars = session.table("mart_part_allocation"), session.table("mart_vehicle_allocation")
    st.markdown(f"##### {_finding(parts, cars)}")
    _parts(parts)
    _cars(cars)
    matches = session.table("mart_vin_match")
    _matches(matches)
    known = session.user()
    if known is not None and known.role in PLANNERS:
        allocating.accept(
            replenishing.to_allocate(session.table("mart_backorder"), parts),
            matches.filter(pl.col("match_no").is_not_null()).select(
                "vehicle_order_id", "outlet_id", "product_id", "vin"
            ),
            session.table("mart_part_transfer").select("part_id", "from_outlet_id", "to_outlet_id", "units"),
        )


def _finding(parts: pl.DataFrame, cars: pl.DataFrame) -> str:
    short = parts.select("supplier_outlet_code", "part_id").unique().height
    said = f"{words.plural(short, 'part')} cannot be given to all"
    if cars.is_empty():
        return f"{said}; no order waits for a car."
    given, wanted = int(cars["allocated"].sum()), int(cars["wanted"].sum())
    return f"{said}; {given} of {words.plural(wanted, 'car')} on order get one that is free."


def _shares(rows: pl.DataFrame, *keys: pl.Expr) -> pl.DataFrame:
    return rows.select(
        *keys,
        pl.col("outlet_id").alias("Outlet"),
        pl.col("wanted").alias("Wanted"),
        pl.col("allocated").alias("Gets"),
        pl.col("for_waiting").alias("Of it promised"),
        pl.col("short").alias("Short"),
        pl.col("score").round(2).alias("Score"),
        pl.col("rank").alias("Rank"),
        pl.col("reason").alias("Why"),
        pl.col("rule_id").alias("Rule"),
    )


def _parts(parts: pl.DataFrame) -> None:
    st.subheader("Parts", anchor=False)
    if parts.is_empty():
        frame.empty("No part is short.", "Every warehouse that is counted can give what is wanted.")
        return
    keys = (
        pl.col("supplier_outlet_code").alias("Warehouse"), pl.col("part_id").alias("Part"),
        pl.col("supply").alias("There"),
    )  # fmt: skip
    frame.table(_shares(parts, *keys), alt="Shares of scarce parts by outlet with score and reason")


def _cars(cars: pl.DataFrame) -> None:
    st.subheader("Cars", anchor=False)
    if cars.is_empty():
        frame.empty("No order waits for a car.", "Orders stand here from approval until a car is allocated.")
        return
    rows = _shares(cars, pl.col("product_id").alias("Product"))
    frame.table(rows, alt="Shares of free cars by outlet with score and reason")


def _matches(matches: pl.DataFrame) -> None:
    st.subheader("Which car to which order", anchor=False)
    if matches.is_empty():
        frame.empty("No car is free and no order waits.", "Cars stand here once built and not ordered.")
        return
    frame.table(
        matches.sort("match_no", "product_id", nulls_last=True).select(
            Product="product_id",
            Turn="match_no",
            Car="vin",
            Order="vehicle_order_id",
            Outlet="outlet_id",
            Why="reason",
        ),
        alt="Cars matched to orders first in first out, and what is left over",
    )


with frame.page(
    "Shortage allocation",
    "Who gets how much of what is scarce, by which rule, and which car goes to which order?",
    readers=READERS,
    export=frame.Export("mart_part_allocation", {}),
) as published:
    body(published)
