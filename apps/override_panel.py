"""Override a cell: say what, see what it does, stage it, commit what is staged; nothing overwrites unseen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl
import streamlit as st

from apps import override_commit, planning, session, staging, words
from apps.api_client import ApiProblem
from apps.review_cell import Place, is_planner
from apps.staging import Staged, Why, Wish

SPREADS = {**words.SPREADS, staging.CUSTOM: "By hand, dealer by dealer"}
GIVES = {
    "": "the total moves",
    "region": "its region's total stays: other dealers give",
    "months": "the total of three months stays: the next two give",
}
MONTHS_AHEAD = 3  # over which a total may be kept


def show(place: Place) -> None:
    """The panel below the cell; whoever only reads is told so."""
    st.subheader("Override this cell", anchor=False)
    if not may_write():
        st.caption("Your role reads forecasts; planners and regional managers override them.")
        return
    left, right = st.columns([5, 7], gap="medium")
    with left:
        when, wish, why, gives, copies = _asked(place)
    months = [m for m in place.months() if m >= when][: copies + 1]
    with right:
        wish = _by_hand(place, wish, when) if wish and wish.spread == staging.CUSTOM else wish
        changes = _changes(place, wish, why, months, gives) if wish else []
        _preview(place, changes, when, why)
    with left:
        _stage(place, changes, why, when)
    _staged(place)


def may_write() -> bool:
    known = session.user()
    return known is not None and bool(known.grants & {"oem_planner", "regional_manager", "admin"})


def _asked(place: Place) -> tuple[date, Wish | None, Why, str, int]:
    months = place.months()
    with st.container(horizontal=True):
        when = st.selectbox(
            "Month", months, index=min(1, len(months) - 1), format_func=words.month, key="o_month"
        )
        mode = st.selectbox("How", list(words.MODES), format_func=words.MODES.__getitem__, key="o_mode")
        by_hand = st.session_state.get("o_spread") == staging.CUSTOM
        value = st.number_input(
            "Value", value=None, step=1.0, format="%.1f", key="o_value", placeholder="cars or %",
            disabled=by_hand,
        )  # fmt: skip
    with st.container(horizontal=True):
        reason = st.selectbox(
            "Reason", list(words.REASONS), index=None, format_func=words.REASONS.__getitem__, key="o_reason"
        )
        expires = st.date_input(
            "Falls away on (optional)", value=None, min_value=place.as_of, key="o_expires"
        )
    spread = st.selectbox(
        "Spread over dealers", list(SPREADS), format_func=SPREADS.__getitem__, key="o_spread"
    )
    kept = _kept(place, spread)
    gives = _gives(place)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        copies = st.number_input("Copy to the next months", 0, max(len(months) - 1, 0), 0, key="o_copies")
        is_locked = st.checkbox("Lock", key="o_lock", help="Later steps of the plan leave these cells alone.")
    note = st.text_input("Note", max_chars=500, key="o_note", placeholder="What stands behind it")
    wish = None if value is None and spread != staging.CUSTOM else Wish(mode, value or 0.0, spread, kept)
    return when, wish, Why(reason or "", note or "", expires, is_locked), gives, int(copies)


def _kept(place: Place, spread: str) -> frozenset[str]:
    """Dealers that stay as they are while the rest carries the change."""
    if len(place.outlets) < 2 or spread == staging.CUSTOM:
        return frozenset()
    chosen = st.multiselect(
        "Dealers that keep what they have", place.outlets, key="o_kept", placeholder="None: all carry it",
        format_func=lambda o: place.names.get(o, o),
    )  # fmt: skip
    return frozenset(chosen)


def _gives(place: Place) -> str:
    options = [g for g in GIVES if g != "region" or len(place.outlets) == 1]
    return st.selectbox("What gives", options, format_func=GIVES.__getitem__, key="o_gives")


def _cells(place: Place, month: date, outlets: Sequence[str]) -> pl.DataFrame:
    """planning.change_cells and region_path of the dealers in one month."""
    inside = pl.col("outlet_id").is_in(outlets)
    vintage = session.table(
        "mart_forecast_vintage", subject="vehicle", series=place.series,
        vintage_month=place.as_of.replace(day=1),
    )  # fmt: skip
    sales = session.table("mart_vehicle_sales_month", series=place.series)
    cells = planning.change_cells(
        place.forecast.filter(inside), vintage.filter(inside), sales.filter(inside),
        when=month, step="region" if is_planner() else "dealer",
    )  # fmt: skip
    homes = place.forecast.select("outlet_id", "region_path").unique()
    return cells.join(homes, on="outlet_id", maintain_order="left")


def _by_hand(place: Place, wish: Wish, when: date) -> Wish:
    """The dealers' own figures, typed; a table that starts from what they have."""
    rows = _cells(place, when, place.outlets)
    st.markdown(f"**Type what each dealer gets in {words.month(when)}**")
    edited = st.data_editor(
        rows.select(
            pl.col("outlet_id").replace(place.names).alias("Dealer"),
            pl.col("last_year").alias("Last year"), pl.col("now").alias("Now"), pl.col("now").alias("After"),
        ),
        key=f"o_hand_{place.cover}_{place.series}_{when}", hide_index=True,
        disabled=["Dealer", "Last year", "Now"],
        column_config={
            "After": st.column_config.NumberColumn(min_value=0, step=1, format="%d"),
            **{name: st.column_config.NumberColumn(format="%d") for name in ("Last year", "Now")},
        },
    )  # fmt: skip
    typed = zip(rows["outlet_id"], edited["After"].fill_null(rows["now"]), strict=True)
    return Wish("set", 0.0, staging.CUSTOM, typed=tuple(typed))


def _changes(place: Place, wish: Wish, why: Why, months: Sequence[date], gives: str) -> list[Staged]:
    """Every change that follows from the wish: each month's own, and what gives so that a total stays."""
    found: list[Staged] = []
    for month in months:
        own = staging.stage(
            _cells(place, month, place.outlets),
            wish,
            why,
            cover=place.cover,
            series=place.series,
            month=month,
        )
        found += own
        if gives == "region":
            others = _cells(place, month, _siblings(place))
            rows = staging.given_up(others, sum(c.difference for c in own))
            found += staging.each_dealer(rows, why, series=place.series, month=month)
    if gives == "months":
        found += _other_months(place, why, months, sum(c.difference for c in found))
    return found


def _siblings(place: Place) -> list[str]:
    homes = set(place.homes().values())
    near = place.forecast.filter(pl.col("region_path").is_in(homes))["outlet_id"].unique()
    return sorted(set(near) - set(place.outlets))


def _other_months(place: Place, why: Why, months: Sequence[date], difference: float) -> list[Staged]:
    later = [m for m in place.months() if m > months[-1]][: MONTHS_AHEAD - 1]
    if not later:
        return []
    others = pl.concat(_cells(place, m, place.outlets).with_columns(month=pl.lit(m)) for m in later)
    rows = staging.given_up(others, difference)
    return [
        change
        for (month,), part in rows.group_by("month", maintain_order=True)
        for change in staging.each_dealer(part, why, series=place.series, month=month)
    ]


def _preview(place: Place, changes: Sequence[Staged], when: date, why: Why) -> None:
    """What each dealer would get, and what it does to stock, orders and money; nothing is written."""
    if not changes:
        st.caption(
            "Enter a value to see what each dealer would get, and what it does to stock, orders and money. "
            "Nothing is written before you commit."
        )
        return
    before, then = sum(c.now for c in changes), sum(c.then for c in changes)
    told = f"{words.number(before, 1)} → {words.number(then, 1)} cars ({words.signed(then - before, 1)})"
    months = len({c.month for c in changes})
    st.markdown(f"**{told}{f' over {months} months' if months > 1 else ''}**")
    with st.container(height=215, border=False):
        st.table(pl.DataFrame(_lines(place, changes, months > 1)), hide_index=True)
    _effects(place, changes, when)
    _hint(why, up=then >= before)
    for document in staging.standing(place.documents, homes=place.homes(), series=place.series, month=when)[
        :3
    ]:
        st.caption(
            f"Stands already: {override_commit.told(place, document)}. "
            "At the same step the later one holds a dealer."
        )


def _lines(place: Place, changes: Sequence[Staged], several: bool) -> list[dict[str, str]]:
    return [
        {
            **({"Month": words.month(change.month)} if several else {}),
            "Dealer": place.names.get(outlet, outlet),
            "Now": words.number(now),
            "After": words.number(after),
            "Change": words.signed(after - now) if after != now else "0",
        }
        for change in changes
        for (outlet, now), (_, after) in zip(change.before, change.after, strict=True)
    ]


def _effects(place: Place, changes: Sequence[Staged], when: date) -> None:
    difference = sum(c.difference for c in changes)
    price = planning.prices(session.table("dim_product")).filter(series=place.series)
    if price.height and price["price_minor"][0] is not None:
        money = words.money(abs(difference) * price["price_minor"][0], price["currency"][0])
        sign = "+" if difference > 0 else "−" if difference < 0 else ""
        st.markdown(f"**Money**: {sign}{money} at list price.")
    if is_planner():
        found = staging.effect(session.table("mart_supply_demand"), changes, series=place.series, month=when)
        for line in staging.said(found, difference, when) if found else []:
            st.markdown(line)
        return
    st.markdown(_dealers_stock(place, changes, when))


def _dealers_stock(place: Place, changes: Sequence[Staged], when: date) -> str:
    """For whoever does not see the network's supply: how long the dealers' own cars last."""
    covers = session.table("mart_stock_cover", series=place.series)
    outlets = {o for c in changes for o, _ in c.before}
    stock = covers.filter(pl.col("is_as_of"), pl.col("outlet_id").is_in(outlets))["stock_units"].sum()
    here = [c for c in changes if c.month == when]
    days = [
        words.number(staging.stock_days(stock, units))
        for units in (sum(c.now for c in here), sum(c.then for c in here))
    ]
    return f"**Stock** of these dealers: {words.number(stock)} cars, {days[0]} → {days[1]} days at that pace."


def _hint(why: Why, *, up: bool) -> None:
    known = session.user()
    assert known is not None
    judged = session.table("mart_plan_change_outcome", subject="vehicle", author=known.subject)
    told = planning.hint(judged, author=known.subject, reason=why.reason or None, up=up)
    if told:
        st.warning(told, icon=":material/history:")


def _stage(place: Place, changes: Sequence[Staged], why: Why, when: date) -> None:
    fence = place.fences.get(when, "")
    if fence == "frozen":
        st.caption(
            f":material/lock: {words.month(when)} is frozen until it is over: a change is a late revision."
        )
    if not st.button("Stage", type="primary", disabled=not changes, key="o_stage"):
        return
    if wrong := staging.fault(changes, why, fence):
        st.error(wrong)
        return
    override_commit.stage(place, changes)


def _staged(place: Place) -> None:
    waiting = override_commit.waiting()
    if not waiting:
        return
    st.markdown(f"**{words.plural(len(waiting), 'change')} staged**, not written yet")
    st.table(pl.DataFrame(_row(place, w.change) for w in waiting), hide_index=True)
    with st.container(horizontal=True):
        if st.button(f"Commit {words.plural(len(waiting), 'change')}", type="primary", key="o_commit"):
            override_commit.commit(place, waiting)
        if st.button("Undo the last", icon=":material/undo:", key="o_undo"):
            override_commit.keep(waiting[:-1])
            st.rerun()
        if st.button("Clear", key="o_clear"):
            override_commit.keep([])
            st.rerun()
        if is_planner():
            with st.popover("Keep as what-if", icon=":material/fork_right:"):
                _what_if(place, [w.change for w in waiting])
    override_commit.settle(place, waiting)


def _row(place: Place, change: Staged) -> dict[str, str]:
    return {
        "Where": place.name(change.outlet, change.region_path),
        "Series": change.series,
        "Month": words.month(change.month),
        "Change": staging.change_said(change.mode, change.value),
        "Now": words.number(change.now),
        "After": words.number(change.then),
        "Reason": words.REASONS[change.why.reason],
        "Note": change.why.note,
        "Falls away": words.day(change.why.expires),
        "Locked": "yes" if change.why.is_locked else "",
    }


def _what_if(place: Place, changes: Sequence[Staged]) -> None:
    """The staged changes as a scenario of the sales and operations plan, compared and promoted there."""
    name = st.text_input("Name", max_chars=80, key="w_name")
    assumption = st.text_input("What it rests on", max_chars=500, key="w_assumption")
    if not st.button("Keep as a draft", disabled=not (name and assumption), key="w_keep"):
        return
    known = session.user()
    assert known is not None
    lines = staging.as_scenario(changes, session.table("mart_supply_demand"))
    if not lines:
        st.error("None of the staged months is in the sales and operations plan: it begins next month.")
        return
    data = {"name": name, "changes": lines, "assumption": assumption, "assumption_owner": known.subject}
    try:
        found = session.api().open("plan_scenarios", {"data": data})
    except ApiProblem as problem:
        st.error(problem.detail)
        return
    st.success("Kept; the plan itself has not moved.")
    st.page_link(
        "views/supply_plan.py", label="Compare it with the plan", icon=":material/balance:",
        query_params={"scenario": found["key"], "against": "base"},
    )  # fmt: skip
