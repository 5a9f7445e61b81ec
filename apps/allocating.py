"""Accepting an allocation on the page: what is proposed, ticked, changed with a reason, and written at once.

In: proposals of the snapshot. Out: one call of the API, whose result is told line by line. The call carries a
key that is kept until it was answered, so that a dropped link is sent again and not twice.
"""

from __future__ import annotations

import uuid

import polars as pl
import streamlit as st

from apps import frame, replenishing, session, words
from apps.api_client import ApiProblem, ApiUnreachable
from operational_api.documents.backorder_line import BACKORDER_LINE
from operational_api.documents.vehicle_order import VEHICLE_ORDER

KEY = "allocation_key"
SEQUENCE = BACKORDER_LINE.field("sequence_override_reason").choices
FIFO = VEHICLE_ORDER.field("fifo_override_reason").choices


def accept(backorders: pl.DataFrame, cars: pl.DataFrame, transfers: pl.DataFrame) -> None:
    """Three lists to tick and one button. backorders: replenishing.to_allocate()."""
    st.subheader("Accept and write", anchor=False)
    if backorders.is_empty() and cars.is_empty() and transfers.is_empty():
        frame.empty("Nothing can be allocated now.", "No back-order, car or transfer waits for a decision.")
        return
    lines = [
        *_ticked(replenishing.BACK_ORDER, "Back-orders", backorders, SEQUENCE),
        *_ticked(replenishing.CAR, "Cars", cars, FIFO),
        *_ticked(replenishing.TRANSFER, "Transfers between outlets", transfers, ()),
    ]
    st.session_state.setdefault(KEY, uuid.uuid4().hex)
    label = f"Write {words.plural(len(lines), 'document')}"
    if st.button(label, type="primary", disabled=not lines, icon=":material/task_alt:"):
        _write(lines)


def _ticked(kind: str, title: str, rows: pl.DataFrame, reasons: tuple[str, ...]) -> list[dict[str, object]]:
    """The list, every line ticked; another car than the proposed one, or another turn, asks for a reason."""
    if rows.is_empty():
        return []
    empty = pl.lit(None, dtype=pl.String)
    shown = rows.with_columns(
        accept=pl.lit(value=True), **({"reason": empty, "note": empty} if reasons else {})
    )
    free = {"accept", "reason", "note", *(("vin",) if kind == replenishing.CAR else ())}
    st.caption(title)
    edited = st.data_editor(
        shown.select("accept", *[c for c in shown.columns if c != "accept"]),
        hide_index=True,
        key=f"accept_{kind}",
        placeholder=words.DASH,
        disabled=[c for c in shown.columns if c not in free],
        column_config={
            "accept": st.column_config.CheckboxColumn("Accept"),
            "reason": st.column_config.SelectboxColumn("Out of turn because", options=list(reasons)),
            "note": st.column_config.TextColumn("In words"),
            "outlet_id": "Outlet", "part_id": "Part", "quantity": "Units", "units": "Units",
            "eta_date": "Promised", "backorder_line_id": "Back-order", "vehicle_order_id": "Order",
            "vin": "Car", "from_outlet_id": "From", "to_outlet_id": "To", "product_id": "Product",
        },
    )  # fmt: skip
    return replenishing.accepted_lines(kind, pl.DataFrame(edited, schema_overrides=shown.schema))


def _write(lines: list[dict[str, object]]) -> None:
    try:
        told = session.api().accept_allocation(lines, idempotency_key=st.session_state[KEY])
    except ApiProblem as problem:
        st.error(problem.detail)
        return
    except ApiUnreachable as away:
        st.error(f"{away}. Press again: nothing is written twice.")
        return
    st.session_state[KEY] = uuid.uuid4().hex  # answered: what comes next is another decision
    st.success(f"{words.plural(told['accepted'], 'document')} written or there already.")
    for line in told["lines"]:
        if line["status"] == "rejected":
            said = line["errors"][0]
            st.error(
                f"Row {line['row']} ({line['kind'].replace('_', ' ')}): {said['rule']}. {said['remedy']}"
            )
