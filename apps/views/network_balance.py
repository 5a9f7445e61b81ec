"""Network balance: who is short, who has too many, what should move instead of being bought?"""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from apps import frame, replenishing, session, words

READERS = "the maker's analysts"


def body(_snapshot: dict[str, Any]) -> None:
    balance = session.table("mart_network_balance")
    if balance.is_empty():
        frame.empty(
            "No outlet has a supplier.", "Give outlets a supplier_outlet_code; the next run fills this page."
        )
        return
    moves = session.table("mart_part_transfer")
    st.markdown(f"##### {_finding(balance, moves)}")
    warehouses = ["", *sorted(balance["supplier_outlet_code"].unique().to_list())]
    chosen = frame.choice("Warehouse", warehouses, "warehouse", names={"": "All warehouses"})
    rows = balance.filter(pl.col("supplier_outlet_code") == chosen) if chosen else balance
    _parts(rows)
    _transfers(moves)


def _finding(balance: pl.DataFrame, moves: pl.DataFrame) -> str:
    short = balance.filter(pl.col("short_units") > 0).height
    saved = replenishing.pooled_saving(balance)
    needed, idle = (words.number(balance[c].sum()) for c in ("need_units", "excess_units"))
    beat = words.plural(moves.height, "transfer beats", "transfers beat")
    said = f"{words.plural(short, 'part')} short at a warehouse; {needed} units needed, {idle} lie idle, "
    said += f"{beat} an order"
    return (
        f"{said}; pooling would save {words.percent(saved)} of safety stock."
        if saved is not None
        else f"{said}."
    )


def _parts(rows: pl.DataFrame) -> None:
    st.subheader("Parts, worst shortage first", anchor=False)
    frame.table(
        rows.sort("short_units", "need_units", descending=True).select(
            Warehouse="supplier_outlet_code",
            Part="part_id",
            What="description",
            Critical="criticality",
            Outlets="outlets",
            Short_outlets="outlets_short",
            Needed="need_units",
            Idle="excess_units",
            Move="transfer_units",
            In_warehouse="warehouse_units",
            Missing="short_units",
            Safety=pl.col("safety_units").round(1),
            Pooled=pl.col("pooled_safety_units").round(1),
        ),
        column_config={
            "Short_outlets": "Outlets short",
            "In_warehouse": "In warehouse",
            "Pooled": "Safety if pooled",
        },
        alt="Parts by warehouse with need, idle stock, transfers, shortage and safety stock",
    )


def _transfers(moves: pl.DataFrame) -> None:
    st.subheader("Move instead of buying", anchor=False)
    if moves.is_empty():
        frame.empty(
            "No transfer beats an order.", "Freight and days between outlets stand in the order terms."
        )
        return
    frame.table(
        moves.with_columns(
            saving=pl.struct("saving_minor", "currency").map_elements(
                lambda r: words.money(r["saving_minor"], r["currency"]), return_dtype=pl.String
            )
        ).select(
            Part="part_id", From="from_outlet_id", To="to_outlet_id", Units="units", Saves="saving",
            Sooner=pl.col("days_sooner").round(1),
        ),
        column_config={"Sooner": "Days sooner"},
        alt="Transfers between outlets that are cheaper and no slower than an order",
    )  # fmt: skip


with frame.page(
    "Network balance",
    "Who is short, who has too many, and what should move instead of being bought?",
    readers=READERS,
    export=frame.Export("mart_network_balance", {}),
) as published:
    body(published)
