"""Who signed which version of a scenario, who has to, and the button of whoever is asked.

In: the sign-off rules, signatures and scenario as documents, `plan_draft_share`. Out: tables, and signatures
written by the API, which refuses what does not hold: another version, another grant, a second function.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from apps import scenario_fork, session, words

Documents = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Standing:
    """One function's place: who signed which version when; `holds` when it is the version that is there."""

    function: str
    signer_grant: str
    signed_by: str | None
    signed_at: str | None
    version: int | None
    holds: bool

    @property
    def said(self) -> str:
        if self.signed_by is None:
            return "not signed"
        return "signed" if self.holds else "void: the scenario changed since"


def standings(
    rules: Documents, signatures: Documents, scenario: Mapping[str, Any], day: date
) -> list[Standing]:
    """A line per function of the rule in force, in its order; none when no rule asks for a signature.

    What was promoted was signed one version before, since promoting is a change itself.
    """
    rule = _in_force(rules, day)
    at = scenario["version"] - (scenario["state"] == "promoted")
    found = []
    for line in rule["data"]["functions"] if rule else []:
        own = [
            s for s in signatures
            if s["state"] == "signed" and s["data"]["plan_scenario_id"] == scenario["key"]
            and s["data"]["function"] == line["function"]
        ]  # fmt: skip
        last = max(own, key=lambda s: s["data"]["scenario_version"], default=None)
        version = last["data"]["scenario_version"] if last else None
        found.append(
            Standing(
                line["function"],
                line["signer_grant"],
                last["created_by"] if last else None,
                last["created_at"][:16].replace("T", " ") if last else None,
                version,
                version == at,
            )
        )
    return found


def _in_force(rules: Documents, day: date) -> Mapping[str, Any] | None:
    """The newest of those that hold on the day."""
    held = [
        r for r in rules
        if r["state"] in {"active", "ended"}
        and r["data"]["effective_from_date"] <= f"{day}" <= (r["data"].get("effective_to_date") or "9999")
    ]  # fmt: skip
    return max(held, key=lambda r: (r["data"]["effective_from_date"], r["key"]), default=None)


def changed(share: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    """Change, Dealer, Series, Month, In the draft, Today; largest change first.

    share: plan_draft_share of one scenario. names: what dealers are called.
    """
    change = pl.col("then_units") - pl.col("now_units")
    order = [change.abs(), pl.col("outlet_id"), pl.col("series"), pl.col("plan_month")]
    return share.sort(order, descending=[True, False, False, False]).select(
        Change=change,
        Dealer=pl.col("outlet_id").replace(names),
        Series="series",
        Month=pl.col("plan_month").map_elements(words.month, return_dtype=pl.String),
        **{"In the draft": "then_units", "Today": "now_units"},
    )


def told(shown: pl.DataFrame) -> str:
    """What a draft does to the dealers of who reads. shown: of `changed`."""
    given, today = shown["In the draft"].sum(), shown["Today"].sum()
    more, fewer = (
        shown.filter(sign)["Change"].sum() for sign in (pl.col("Change") > 0, pl.col("Change") < 0)
    )
    dealers = words.plural(shown["Dealer"].n_unique(), "dealer")
    if not more and not fewer:
        return f"It gives {dealers} the {words.number(today)} cars of today, each where it is."
    return (
        f"It gives {dealers} {words.number(given)} cars, {words.number(today)} today: "
        f"{words.signed(more)} and {words.signed(fewer)} by dealer, series and month."
    )


def _gives(scenario: Mapping[str, Any]) -> None:
    """What this very version gives each dealer of the signer, as the last run reckoned it."""
    share = session.table("plan_draft_share", plan_scenario_id=scenario["key"]).filter(
        scenario_version=scenario["version"]
    )
    if share.is_empty():
        st.caption(
            f"What version {scenario['version']} gives each dealer is not reckoned yet: the next run does it."
        )
        return
    outlets = session.table("dim_outlet")
    shown = changed(share, dict(zip(outlets["outlet_id"], outlets["name"], strict=True)))
    st.markdown(told(shown))
    st.dataframe(
        shown,
        hide_index=True,
        height=280,
        column_config={"Change": st.column_config.NumberColumn(format="%+d")},
    )
    day = date.fromisoformat(session.snapshot()["as_of_date"])
    st.caption(f"Reckoned by the rules of publication on {words.day(day)}.")


def panel(scenario: Mapping[str, Any], day: date) -> bool:
    """Draws the signatures; whether every function that has to has signed the version that is there."""
    api, known = session.api(), session.user()
    found = standings(api.documents("plan_signoff_rules"), api.documents("plan_signatures"), scenario, day)
    if not found:
        return True
    st.markdown(f"**Sign-off** of version {scenario['version']}")
    st.table(
        pl.DataFrame(
            {
                "Function": [words.label(s.function) for s in found],
                "Signed by": [s.signed_by or words.DASH for s in found],
                "When": [s.signed_at or words.DASH for s in found],
                "Version": ["" if s.version is None else str(s.version) for s in found],
                "Stands": [s.said for s in found],
            }
        ),
        hide_index=True,
    )
    if scenario["state"] == "draft":
        _gives(scenario)
    if known is not None and scenario["state"] == "draft":
        mine = {known.subject} & {s.signed_by for s in found if s.holds}
        for line in found:
            may = line.signer_grant in known.grants and not line.holds and not mine
            if may and st.button(f"Sign for {line.function}", key=f"s_sign_{line.function}"):
                data = {
                    "plan_scenario_id": scenario["key"],
                    "scenario_version": scenario["version"],
                    "function": line.function,
                }
                scenario_fork.attempt(lambda d=data: api.open("plan_signatures", {"data": d}))
    return all(s.holds for s in found)
