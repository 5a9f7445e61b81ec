"""Plan grid: every market and series over the months ahead, typed in, or sent as an Excel file and back."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from apps import frame, plan_sheet, planning, regions, review_cell, session, staging, words
from apps.api_client import ApiProblem

READERS = "planners and regional managers"
AHEAD = 6
LEVELS = {"region_path": "By market", "outlet_id": "By dealer"}
SEEN = "grid_seen_overrides"


def body(snapshot: dict[str, Any]) -> None:
    as_of = date.fromisoformat(snapshot["as_of_date"])
    vintage = session.table(
        "mart_forecast_vintage", subject="vehicle", vintage_month=as_of.replace(day=1), step="final"
    )
    if vintage.is_empty():
        frame.empty(
            "No plan of this month is published.", "It needs a vehicle forecast; see Runs and freshness."
        )
        return
    outlets = session.table("dim_outlet")
    names = dict(zip(outlets["outlet_id"], outlets["name"], strict=True))
    trails = regions.trails(session.table("dim_region"))
    kept_in = {path: trails.get(path, path) for path in sorted(vintage["region_path"].unique())}
    names |= regions.names(session.table("dim_region"))
    with st.container(horizontal=True):
        level = frame.choice("Level", list(LEVELS), "level", names=LEVELS)
        series = frame.choice(
            "Series", ["", *sorted(vintage["series"].unique())], "series", names={"": "All series"}
        )
        region = frame.choice("Region", ["", *kept_in], "region", names={"": "All regions", **kept_in})
    ahead = vintage.filter(pl.col("lag").is_between(1, AHEAD))
    kept = ahead.filter(series=series) if series else ahead
    kept = kept.filter(region_path=region) if region else kept
    grid = planning.plan_grid(kept, level)
    _seen(as_of)
    st.markdown(f"##### {_finding(grid)}")
    edited = _editor(grid, names, as_of)
    staged = plan_sheet.edits(grid, edited)
    typed = {(c.place, c.series, c.month) for c in staged}
    everywhere = pl.concat([planning.plan_grid(ahead, name) for name in LEVELS])
    staged += _files(grid, everywhere, snapshot["snapshot_id"], typed, names)
    _commit(staged, ahead, names, as_of)


def _finding(grid: pl.DataFrame) -> str:
    months = [name for name in grid.columns if name not in plan_sheet.KEYS]
    sums = [(words.month(date.fromisoformat(m)), grid[m].sum()) for m in months[:3]]
    told = ", ".join(f"{month} {words.number(units)}" for month, units in sums)
    return f"The plan: {told} cars. Type over a figure to change it; nothing is written before you commit."


def _editor(grid: pl.DataFrame, names: dict[str, str], as_of: date) -> pl.DataFrame:
    months = [name for name in grid.columns if name not in plan_sheet.KEYS]
    columns: dict[str, Any] = {
        month: st.column_config.NumberColumn(_head(month, as_of), min_value=0, step=1, format="%d", width=92)
        for month in months
    }
    columns["place"] = None
    shown = grid.with_columns(where=pl.col("place").replace(names)).select(
        "where", "series", "place", *months
    )
    columns["where"] = st.column_config.TextColumn("Where", width=190)
    columns["series"] = st.column_config.TextColumn("Series", width=80)
    found: pl.DataFrame = st.data_editor(
        shown,
        key="plan_editor",
        hide_index=True,
        disabled=["where", "series", "place"],
        column_config=columns,
        height=460,
    )
    return found.select(grid.columns)


def _head(month: str, as_of: date) -> str:
    when = date.fromisoformat(month)
    fence = plan_sheet.fence(when, as_of)
    return f"{when:%b %y}" + (f" ({fence})" if fence else "")


def _files(
    grid: pl.DataFrame,
    everywhere: pl.DataFrame,
    snapshot_id: str,
    typed: set[tuple[str, str, date]],
    names: dict[str, str],
) -> list[plan_sheet.Cell]:
    """The grid down, a file up, whatever was chosen when it went down.

    Conflicts are listed and stay out unless they are taken one by one.
    """
    left, right = st.columns(2)
    left.download_button(
        "Download this grid", plan_sheet.write(grid, snapshot_id), "plan.xlsx", icon=":material/download:",
        on_click="ignore",
    )  # fmt: skip
    file = right.file_uploader("Upload it again", type="xlsx", key="plan_file")
    if file is None:
        return []
    try:
        found = plan_sheet.read(file.getvalue(), everywhere)
    except plan_sheet.SheetError as wrong:
        st.error(str(wrong))
        return []
    for fault in found.faults[:10]:
        st.error(fault)
    taken = list(found.changes)
    if found.conflicts:
        st.warning(
            f"{words.plural(len(found.conflicts), 'cell')} changed in the plan after the file was written. "
            "Tick what shall stand as in the file."
        )
        chosen = st.data_editor(
            pl.DataFrame(
                {
                    "Take": False, "Where": names.get(c.place, c.place), "Series": c.series,
                    "Month": words.month(c.month),
                    "File was written at": c.seen, "Plan now": c.now, "File says": c.wanted,
                }
                for c in found.conflicts
            ),
            key="plan_conflicts", hide_index=True,
            disabled=["Where", "Series", "Month", "File was written at", "Plan now", "File says"],
        )  # fmt: skip
        taken += [c for c, take in zip(found.conflicts, chosen["Take"], strict=True) if take]
    return [c for c in taken if (c.place, c.series, c.month) not in typed]


def _commit(staged: list[plan_sheet.Cell], kept: pl.DataFrame, names: dict[str, str], as_of: date) -> None:
    known = session.user()
    assert known is not None
    if not known.grants & {"oem_planner", "regional_manager", "admin"}:
        st.caption("Your role reads the plan; planners and regional managers change it.")
        return
    if not staged:
        st.caption("Nothing is staged.")
        return
    st.markdown(f"**{words.plural(len(staged), 'change')} staged**")
    st.table(
        pl.DataFrame(
            {
                "Where": names.get(c.place, c.place), "Series": c.series, "Month": words.month(c.month),
                "From": words.number(c.now), "To": words.number(c.wanted),
                "Change": words.signed(c.wanted - c.now),
            }
            for c in staged
        ),
        hide_index=True,
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        reason = st.selectbox(
            "Reason", list(words.REASONS), index=None, format_func=words.REASONS.__getitem__, key="g_reason"
        )
        spread = st.selectbox(
            "Spread over dealers", list(words.SPREADS), format_func=words.SPREADS.__getitem__, key="g_spread"
        )
        expires = st.date_input("Falls away on (optional)", value=None, key="g_expires")
        is_locked = st.checkbox("Lock", key="g_lock")
    note = st.text_input("Note", max_chars=400, key="g_note", placeholder="What stands behind it")
    frozen = [c for c in staged if plan_sheet.fence(c.month, as_of) == "frozen"]
    late = ""
    if frozen:
        late = st.text_input(
            f"Why so late: {words.plural(len(frozen), 'change')} in a frozen month",
            max_chars=80, key="g_late",
            placeholder="A late revision is judged apart, so it has a note of its own",
        )  # fmt: skip
    up = sum(c.wanted - c.now for c in staged) >= 0
    judged = session.table("mart_plan_change_outcome", subject="vehicle", author=known.subject)
    told = planning.hint(judged, author=known.subject, reason=reason, up=up)
    if told:
        st.warning(told, icon=":material/history:")
    if not st.button(f"Commit {words.plural(len(staged), 'change')}", type="primary", key="g_commit"):
        return
    if wrong := plan_sheet.fault(staged, reason=reason, note=note, late=late, as_of=as_of):
        st.error(wrong)
    else:
        shared = {
            "mode": "set",
            "spread": spread,
            "reason_code": reason,
            **({"note": note} if note else {}),
            **({"is_locked": True} if is_locked else {}),
            **({"expires_date": expires.isoformat()} if expires else {}),
        }
        own = {c: {"note": f"Late revision: {late}" + (f". {note}" if note else "")} for c in frozen}
        _write(staged, kept, {c: shared | own.get(c, {}) for c in staged}, as_of)


def _write(
    staged: list[plan_sheet.Cell], kept: pl.DataFrame, why: dict[plan_sheet.Cell, dict[str, Any]], as_of: date
) -> None:
    """One override per change, each after those that stood when the page was opened."""
    planner, step = review_cell.is_planner(), review_cell.own_step()
    homes = dict(kept.select("outlet_id", "region_path").unique().iter_rows())
    written, refused = list[dict[str, Any]](), []
    for cell in staged:
        data = plan_sheet.override(cell, homes, step) | why[cell]
        there = _standing([*_seen(as_of), *written], cell, homes)
        after = staging.newest(there, step)
        if any(d["key"] == after and staging.is_same(d, data) for d in there):
            continue
        body = {
            "state": "applied" if planner else "proposed",
            "data": data | ({"seen_override_id": after} if after else {}),
        }
        try:
            written.append(session.api().open("forecast_overrides", body))
        except ApiProblem as problem:
            refused.append((cell, problem))
    if written:
        then = "count from the next run" if planner else "wait for a planner to apply them"
        st.success(f"{words.plural(len(written), 'override')} recorded; they {then}.")
    for cell, refusal in refused[:10]:
        rules = "; ".join(e["rule"] for e in refusal.errors)
        st.error(f"{cell.place}, {cell.series}, {words.month(cell.month)}: {refusal.detail}. {rules}".strip())
    if any(staging.is_unseen(refusal.errors) for _, refusal in refused):
        st.info("You have seen theirs now: commit again to put yours after it, or undo your figure.")
    st.session_state[SEEN] = review_cell.overrides_ahead(as_of)


def _seen(as_of: date) -> list[dict[str, Any]]:
    """Overrides as they stood when the page was opened, or at the last commit."""
    if SEEN not in st.session_state:
        st.session_state[SEEN] = review_cell.overrides_ahead(as_of)
    found: list[dict[str, Any]] = st.session_state[SEEN]
    return found


def _standing(documents: list[dict[str, Any]], cell: plan_sheet.Cell, homes: dict[str, str]) -> list[Any]:
    below = {
        o: home for o, home in homes.items() if o == cell.place or f"{home}/".startswith(f"{cell.place}/")
    }
    return staging.standing(documents, homes=below, series=cell.series, month=cell.month)


with frame.page(
    "Plan grid",
    "What does the plan say everywhere, and what do I change at once?",
    readers=READERS,
    export=frame.Export("mart_forecast_vintage", {"subject": "vehicle", "step": "final"}),
) as published:
    body(published)
