"""Service and money: who runs out of credit or pays late, and what waits: recalls, claims, approvals."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from apps import frame, kpis, money, session, words

READERS = "dealers, regional managers and the maker's analysts"
METRICS = (
    kpis.Metric.CREDIT_USE, kpis.Metric.OVERDUE, kpis.Metric.ABSORPTION, kpis.Metric.APPROVAL,
    kpis.Metric.CAMPAIGNS, kpis.Metric.ROADSIDE, kpis.Metric.CONTACTS, kpis.Metric.CLAIMS,
)  # fmt: skip
_GUARANTEES = {"same_fault_repairs": "repairs of one fault", "days_in_workshop": "days in the workshop"}
SHOWN = 12  # rows of a table; the file has the rest


def body(snapshot: dict[str, Any]) -> None:
    as_of = date.fromisoformat(snapshot["as_of_date"])
    names = session.table("dim_outlet").select("outlet_id", "name")
    left, right = st.columns(2, gap="large")
    with left:
        _funds(names)
        _invoices(names)
        _accounts(names)
        _approvals()
    with right:
        _actions()
        _claims(as_of)
        _contacts()
        _roadside()
        _faults(names)
        _guarantees(names)


# --- money --------------------------------------------------------------------------------------


def _funds(names: pl.DataFrame) -> None:
    st.subheader("Who can still order", anchor=False)
    accounts = session.table("mart_fund_position", is_latest="true")
    if accounts.is_empty():
        frame.empty("No outlet has a fund account.", "The maker's finance opens them: fund_account.")
        return
    rows = money.positions(accounts, names)
    short = rows.filter("is_short")
    said = "no outlet has less than a quarter of its credit left"
    if short.height:
        said = f"{words.plural(short.height, 'outlet')} with less than a quarter of the credit left"
    st.markdown(f"**{said[0].upper()}{said[1:]}.**")
    _table(
        rows.select(
            Outlet=pl.col("name").fill_null(pl.col("outlet_id")),
            Usable=_money("usable_minor"),
            Cash=_money("cash_minor"),
            Held=_money("held_minor"),
            Credit=_money("credit_minor"),
            Used=_share("credit_use"),
        ),
        "Funds by outlet, most of the credit used first",
    )


def _invoices(names: pl.DataFrame) -> None:
    st.subheader("Who pays late", anchor=False)
    invoices = session.table("mart_receivable")
    if invoices.is_empty():
        frame.empty("No invoice has arrived.", "The maker's ERP sends them: feed erp_invoice.")
        return
    late = money.late_payers(invoices, names)
    if late.is_empty():
        st.markdown("**Nothing is overdue.**")
        return
    first = late.row(0, named=True)
    st.markdown(
        f"**{words.plural(late.height, 'outlet')} owe past the day; "
        f"{first['name'] or first['outlet_id']} for {words.number(first['oldest_days'])} days.**"
    )
    _table(
        late.select(
            Outlet=pl.col("name").fill_null(pl.col("outlet_id")),
            Invoices="invoices",
            Overdue=_money("overdue_minor"),
            Oldest=pl.format("{} days", "oldest_days"),
        ),
        "Overdue invoices by outlet, oldest first",
    )


def _accounts(names: pl.DataFrame) -> None:
    st.subheader("Does the workshop carry the house?", anchor=False)
    accounts = session.table("mart_dealer_pnl")
    rows = money.carrying(accounts, names) if not accounts.is_empty() else accounts
    if rows.is_empty():
        frame.empty("No accounts have arrived.", "Dealers send them: feed dealer_financial_statement.")
        return
    carried = rows.filter(pl.col("absorption") >= 1).height
    month = words.month(rows["statement_month"][0])
    st.markdown(f"**{carried} of {words.plural(rows.height, 'outlet')} in {month}.**")
    _table(
        rows.select(
            Outlet=pl.col("name").fill_null(pl.col("outlet_id")),
            Gross=_money("gross_minor"),
            Expense=_money("expense_minor"),
            Absorption=_share("absorption"),
        ),
        "Gross of service and parts over the expense of the house, lowest first",
    )


def _approvals() -> None:
    st.subheader("What waits for approval", anchor=False)
    approvals = session.table("mart_approval")
    if approvals.is_empty():
        frame.empty("Nothing was asked for.", "Chains are rules: approval_rule.")
        return
    rows = money.waiting(approvals)
    open_now = int(rows["waiting"].sum())
    st.markdown(f"**{words.plural(open_now, 'approval')} open now.**")
    _table(
        rows.select(
            Document=pl.col("document_type").map_elements(words.label, return_dtype=pl.String),
            Open="waiting",
            Oldest=_days("oldest_days"),
            Decided="decided",
            Hours=_number("hours"),
            Automatic="automatic",
        ),
        "Approvals by type of document",
    )


# --- service ------------------------------------------------------------------------------------


def _actions() -> None:
    st.subheader("Recalls and campaigns", anchor=False)
    cars = session.table("mart_service_action")
    if cars.is_empty():
        frame.empty("No recall and no campaign.", "The maker's quality opens them: service_action.")
        return
    rows = money.actions(cars)
    st.markdown(f"**{words.plural(int(rows['open_cars'].sum()), 'car')} still to do.**")
    _table(
        rows.select(
            Action="title",
            Announced=pl.col("announced_date").map_elements(words.day, return_dtype=pl.String),
            Cars="cars",
            Done="done_cars",
            Open="open_cars",
            Share=_share("share"),
        ),
        "Recalls and campaigns, most open cars first",
    )


def _claims(as_of: date) -> None:
    st.subheader("Warranty claims", anchor=False)
    claims = session.table("mart_claim")
    if claims.is_empty():
        frame.empty("No claim yet.", "Workshops open them from a repair order: warranty_claim.")
        return
    year = claims.filter(pl.col("submitted_date") > kpis.shifted(as_of.replace(day=1), -12))
    ages, why = money.claim_ages(claims, as_of), money.refusals(year)
    old = int(ages.filter(pl.col("bucket") == "31+")["claims"].sum())
    st.markdown(f"**{words.plural(old, 'claim')} undecided for more than 30 days.**")
    if not why.is_empty():
        _table(
            why.select(
                Reason=pl.col("reason").map_elements(words.label, return_dtype=pl.String),
                Claims="claims",
                Refused="lost",
            ),
            "Claims cut or rejected in twelve months, by reason",
        )


def _contacts() -> None:
    st.subheader("Are customers called in time?", anchor=False)
    tasks = session.table("mart_contact_punctuality")
    if tasks.is_empty():
        frame.empty("No contact task yet.", "Tasks are made from rules: contact_rule.")
        return
    rows = money.contacts(tasks)
    st.markdown(f"**{words.plural(int(rows['overdue_tasks'].sum()), 'call')} overdue.**")
    _table(
        rows.select(
            Reason=pl.col("rule_code").map_elements(words.label, return_dtype=pl.String),
            Due="due_tasks",
            Punctual=_share("punctual"),
            Overdue="overdue_tasks",
        ),
        "Contact tasks by rule, most overdue first",
    )


def _roadside() -> None:
    st.subheader("Help at the roadside", anchor=False)
    cases = session.table("mart_roadside")
    reached = int(cases["reached_cases"].sum()) if not cases.is_empty() else 0
    if not reached:
        frame.empty("No call for help yet.", "Workshops note them: roadside_case.")
        return
    minutes, open_now = cases["minutes_to_reach"].sum() / reached, int(cases["open_cases"].sum())
    st.markdown(
        f"**Help came after {words.number(minutes)} minutes on average; "
        f"{words.plural(open_now, 'call')} open now.**"
    )


def _faults(names: pl.DataFrame) -> None:
    st.subheader("Cars that ask for a workshop", anchor=False)
    faults = session.table("mart_vehicle_fault")
    waiting = faults.filter(~pl.col("is_seen_to") & (pl.col("severity") != "information"))
    if waiting.is_empty():
        st.markdown("No car reports a fault that nobody has seen to.")
        return
    st.markdown(f"**{words.plural(waiting.height, 'fault')} that no workshop has seen.**")
    rows = waiting.join(names, on="outlet_id", how="left").sort("severity", "last_seen_date", "vin")
    _table(
        rows.select(
            Car="vin",
            Fault="fault_code",
            Severity="severity",
            Reported=pl.col("last_seen_date").map_elements(words.day, return_dtype=pl.String),
            Outlet=pl.col("name").fill_null(words.DASH),
        ),
        "Faults reported by cars and not seen to, the worst first",
    )


def _guarantees(names: pl.DataFrame) -> None:
    st.subheader("Cars the law may give back", anchor=False)
    counted = session.table("mart_three_guarantees", is_in_term="true")
    if counted.is_empty():
        frame.empty(
            "No car under warranty was repaired where thresholds are set.",
            "The maker's quality sets them for each country: three_guarantees_rule.",
        )
        return
    near = counted.filter(pl.col("guarantee_state") != "below")
    reached = near.filter(pl.col("guarantee_state") == "reached").height
    st.markdown(
        f"**{words.plural(reached, 'threshold')} reached, {near.height - reached} watched; "
        f"{words.plural(counted['vin'].n_unique(), 'car')} counted.**"
    )
    rows = (near if near.height else counted).join(names, on="outlet_id", how="left")
    rows = rows.sort("left_to_reach", "last_repair_date", "vin", descending=[False, True, False])
    _table(
        rows.select(
            Car="vin",
            Counted=pl.format(
                "{} of {} {}",
                "counted",
                "reached_at",
                pl.col("measure").replace_strict(_GUARANTEES, default=pl.col("measure")),
            ),
            Fault=pl.col("complaint_code").fill_null(words.DASH),
            Remedy=pl.when(pl.col("left_to_reach") == 0).then("remedy").otherwise(pl.lit(words.DASH)),
            Until=pl.col("term_end_date").map_elements(words.day, return_dtype=pl.String),
            Outlet=pl.col("name").fill_null(pl.col("outlet_id")),
        ),
        "Cars nearest to the thresholds of their country, the nearest first",
    )


# --- cells --------------------------------------------------------------------------------------


def _table(rows: pl.DataFrame, about: str) -> None:
    frame.table(rows.head(SHOWN), alt=about)
    if rows.height > SHOWN:
        st.caption(f"The first {SHOWN} of {rows.height}.")


def _money(column: str) -> pl.Expr:
    pair = pl.struct(minor=column, currency="currency")
    return pair.map_elements(lambda p: words.money(p["minor"], p["currency"]), return_dtype=pl.String)


def _share(column: str) -> pl.Expr:
    return pl.col(column).map_elements(words.percent, return_dtype=pl.String, skip_nulls=False)


def _number(column: str) -> pl.Expr:
    return pl.col(column).map_elements(lambda v: words.number(v, 1), return_dtype=pl.String, skip_nulls=False)


def _days(column: str) -> pl.Expr:
    return pl.col(column).map_elements(
        lambda v: words.DASH if v is None else words.plural(v, "day"),
        return_dtype=pl.String,
        skip_nulls=False,
    )


with frame.page(
    "Service and money",
    "Who runs out of money or pays late, and what waits: recalls, claims, calls, approvals?",
    readers=READERS,
    metrics=METRICS,
    export=frame.Export("mart_fund_position", {"is_latest": "true"}),
) as published:
    body(published)
