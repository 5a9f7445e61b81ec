"""Order pipeline: where every ordered car is, how long against what is usual, and which promise slips."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from apps import figures, frame, key_accounts_panel, order_stages, regions, session, words
from apps.order_stages import Look

READERS = "dealers, regional managers and the maker's analysts"
TYPES = {"": "All kinds", "stock": "For stock", "customer": "For a customer", "special": "Special",
         "key_account": "Key account"}  # fmt: skip


def body(snapshot: dict[str, Any]) -> None:
    outlets = session.table("dim_outlet")
    names = dict(zip(outlets["outlet_id"], outlets["name"], strict=True))
    _orders(names)
    key_accounts_panel.show(date.fromisoformat(snapshot["as_of_date"]), names)


def _orders(names: dict[str, str]) -> None:
    orders = session.table("mart_order_pipeline")
    stages = session.table("mart_order_stage")
    if stages.is_empty():
        frame.empty("No car is on order.", "Orders are entered at the desk: vehicle orders.")
        return
    stages = _chosen(stages, names)
    orders = orders.join(stages.select("vehicle_order_id").unique(), on="vehicle_order_id", how="semi")
    st.markdown(f"##### {order_stages.finding(orders, stages)}")
    found = order_stages.standing(stages)
    left, right = st.columns(2, gap="large")
    with left:
        st.altair_chart(
            figures.cars_by_stage(found), width="stretch", alt="Undelivered cars by the stage they are in"
        )
    with right:
        _standing(found)
    _list(orders, stages, names)
    _one(orders, stages, names)


def _chosen(stages: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    """Region, dealer, series and kind, as they stand in the address."""
    trails = regions.trails(session.table("dim_region"))
    places = st.columns(4)
    if stages["outlet_id"].n_unique() > 1:
        with places[0]:
            below = {p: t for p, t in trails.items() if stages.filter(regions.inside(p)).height}
            everywhere = {"": "All you may see", **below}
            region = frame.choice("Region", list(everywhere), "region", names=everywhere)
        stages = stages.filter(regions.inside(region))
        with places[1]:
            dealers = {"": "All dealers", **{o: names.get(o, o) for o in stages["outlet_id"].unique().sort()}}
            outlet = frame.choice("Dealer", list(dealers), "outlet", names=dealers)
        stages = stages.filter(outlet_id=outlet) if outlet else stages
    with places[2]:
        every = ["", *stages["series"].unique().sort()]
        series = frame.choice("Series", every, "series", names={"": "All series"})
    with places[3]:
        kind = frame.choice("Ordered", list(TYPES), "kind", names=TYPES)
    stages = stages.filter(series=series) if series else stages
    return stages.filter(order_type=kind) if kind else stages


def _standing(found: pl.DataFrame) -> None:
    """Every stage as a row, empty ones too: that nothing waits there is a finding."""
    table = pl.DataFrame(
        {
            "Stage": row["name"],
            "Cars": words.number(row["cars"]),
            "Days in it": words.number(row["days"]),
            "Usual": words.number(row["usual"]),
            "Long": words.number(row["long"]),
        }
        for row in found.iter_rows(named=True)
    )
    st.table(table, hide_index=True)
    st.caption(
        "Days are medians. Long: longer than nine of ten orders of its market in the last year. A car whose "
        "delivery report was rejected stays with its contract until a new report counts."
    )


def _list(orders: pl.DataFrame, stages: pl.DataFrame, names: dict[str, str]) -> None:
    which, where = st.columns(2)
    with which:
        look = Look(frame.choice("Orders", list(order_stages.LOOKS), "look", names=dict(order_stages.LOOKS)))
    with where:
        steps = {"": "Every stage", **{s: order_stages.STAGES[s] for s in order_stages.BEFORE_DELIVERY}}
        stage = frame.choice("Stage", list(steps), "stage", names=steps)
    rows = order_stages.listed(orders, stages, look, stage)
    if rows.is_empty():
        frame.empty("No order is so.", "Choose other orders, another stage or a wider region.")
        return
    st.subheader(words.plural(rows.height, "order"), anchor=False)
    several = rows["outlet_id"].n_unique() > 1
    columns = [
        "vehicle_order_id", "at", "stage_days", "usual_days", "slip", "promised_date", "last_promised_date",
        "variant", "order_type", *(["dealer"] if several else []), "vin",
    ]  # fmt: skip
    shown = rows.with_columns(
        at=pl.col("stage").replace(order_stages.STAGES),
        slip=pl.when(pl.col("is_open")).then(pl.col("slip_days")),
        dealer=pl.col("outlet_id").replace(names),
        order_type=pl.col("order_type").replace(TYPES),
    ).select(columns)
    frame.table(
        shown,
        key="orders",
        on_select="rerun",
        selection_mode="single-row",
        height=420 if rows.height > 12 else "content",
        column_config={
            "vehicle_order_id": st.column_config.TextColumn("Order", width=120),
            "at": st.column_config.TextColumn("Stage", width=130),
            "stage_days": st.column_config.NumberColumn("Days in it", width=80),
            "usual_days": st.column_config.NumberColumn("Usual", format="%.0f", width=60),
            "slip": st.column_config.NumberColumn(
                "Past promise", help="Days past the first promise", width=100
            ),
            "promised_date": st.column_config.DateColumn("First promise", format="D MMM YYYY"),
            "last_promised_date": st.column_config.DateColumn("Promise now", format="D MMM YYYY"),
            "variant": "Variant",
            "order_type": "Ordered",
            "dealer": "Dealer",
            "vin": "Car",
        },
        alt="Undelivered orders, most slipped first",
    )
    row = frame.picked(shown, "orders")
    if row is None:
        st.caption("Click an order to see its life.")
    else:
        st.query_params["order"] = rows["vehicle_order_id"][row]


def _one(orders: pl.DataFrame, stages: pl.DataFrame, names: dict[str, str]) -> None:
    """The order that the address names: stage by stage, its promise, its car."""
    asked = st.query_params.get("order", "")
    found = orders.filter(vehicle_order_id=asked)
    if not asked:
        return
    if found.is_empty():
        st.caption(f"Order {asked} is not among these: it may belong to another dealer or be filtered out.")
        return
    order = found.row(0, named=True)
    st.subheader(f"Order {asked}", anchor=False)
    st.markdown(
        f"**{order['variant']}** for {names.get(order['outlet_id'], order['outlet_id'])} · "
        f"{TYPES.get(order['order_type'], order['order_type']).lower()} · ordered "
        f"{words.day(order['ordered_date'])}, wanted {words.day(order['wanted_date'])}  \n"
        f"{order_stages.promise(order)}"
    )
    if order["retail_order_id"]:
        st.caption(f"For the customer's contract {order['retail_order_id']}.")
    st.table(order_stages.timeline(stages.filter(vehicle_order_id=asked), order), hide_index=True)
    if order["vin"]:
        st.page_link(
            "views/vehicle_360.py",
            label=f"The car {order['vin']}",
            icon=":material/directions_car:",
            query_params={"vin": order["vin"]},
        )
    known = session.user()
    if known is not None and known.role == "dealer_staff":
        desk = f"{session.api_url()}/desk/documents/vehicle_orders/{asked}"
        st.link_button("Open at the desk", desk, icon=":material/open_in_new:")


with frame.page(
    "Order pipeline",
    "Where is every ordered car, which promise slips, and what do key accounts still wait for?",
    readers=READERS,
    metrics=("on_time_delivery", "order_slippage", "long_in_stage_share", "key_account_delivered_share"),
    export=frame.Export("mart_order_pipeline", {"outlet_id": st.query_params.get("outlet") or None}),
) as published:
    body(published)
