"""Who signed which version of a scenario, and when that still holds."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from apps import signoff

pytestmark = pytest.mark.fast
DAY = date(2026, 7, 1)


def rule(key: str, first: str, *functions: str, state: str = "active", **data: Any) -> dict[str, Any]:
    lines = [{"function": name, "signer_grant": "oem_planner"} for name in functions]
    return {"key": key, "state": state, "data": {"effective_from_date": first, "functions": lines} | data}


def signature(function: str, version: int, *, state: str = "signed") -> dict[str, Any]:
    return {
        "state": state, "created_by": "pia", "created_at": "2026-06-30T10:11:12Z",
        "data": {"plan_scenario_id": "PS-1", "scenario_version": version, "function": function},
    }  # fmt: skip


def told(*signatures: dict[str, Any], state: str = "draft", version: int = 2) -> list[tuple[str, str]]:
    scenario = {"key": "PS-1", "state": state, "version": version}
    found = signoff.standings([rule("R", "2026-01-01", "supply", "finance")], signatures, scenario, DAY)
    return [(line.function, line.said) for line in found]


def test_a_signature_holds_for_the_version_that_was_signed_and_no_other():
    void = "void: the scenario changed since"
    assert told(signature("supply", 2)) == [("supply", "signed"), ("finance", "not signed")]
    assert told(signature("supply", 1)) == [("supply", void), ("finance", "not signed")]
    assert told(signature("supply", 2, state="withdrawn"))[0] == ("supply", "not signed")
    # promoting version 2 made it 3
    assert told(signature("supply", 2), state="promoted", version=3)[0] == ("supply", "signed")


def test_the_newest_rule_in_force_says_who_signs_and_without_one_nobody_does():
    scenario = {"key": "PS-1", "state": "draft", "version": 1}
    rules = [
        rule("old", "2026-01-01", "sales"), rule("new", "2026-06-01", "supply"),
        rule("next", "2026-08-01", "finance"), rule("idea", "2026-06-10", "finance", state="draft"),
    ]  # fmt: skip
    assert [s.function for s in signoff.standings(rules, [], scenario, DAY)] == ["supply"]
    assert signoff.standings(rules[2:], [], scenario, DAY) == []


def test_a_signer_reads_the_largest_change_first_whichever_way_it_goes():
    # AE01: 4 become 5; AE02: 6 become 2; SA01 keeps 3
    share = pl.DataFrame(
        {
            "outlet_id": ["SA01", "AE01", "AE02"], "series": "S", "plan_month": DAY,
            "now_units": [3, 4, 6], "then_units": [3, 5, 2],
        }
    )  # fmt: skip
    shown = signoff.changed(share, {"AE02": "Al Noor"})
    assert shown.select("Change", "Dealer", "In the draft", "Today").rows() == [
        (-4, "Al Noor", 2, 6), (1, "AE01", 5, 4), (0, "SA01", 3, 3)
    ]  # fmt: skip
    assert (
        signoff.told(shown) == "It gives 3 dealers 10 cars, 13 today: +1 and −4 by dealer, series and month."
    )
    assert signoff.told(shown.tail(1)) == "It gives 1 dealer the 3 cars of today, each where it is."
