"""Who signed which version of a scenario, who has to, and the button of whoever is asked.

In: the sign-off rules, signatures and scenario as documents. Out: a table, and signatures written by the API,
which refuses what does not hold: another version, another grant, a second function.
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
