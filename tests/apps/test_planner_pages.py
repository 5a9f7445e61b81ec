"""A planner overrides, settles exceptions, compares scenarios; a region proposes."""

from __future__ import annotations

import pytest

from apps.api_client import Api
from tests.apps.opened import texts

pytestmark = pytest.mark.db

NOTE = "Forty taxis for the airport"


def test_an_override_needs_a_reason_and_a_note_when_it_is_large(page):
    app = page("paula", "forecast_review", cell="AE02", series="DELTA")
    app.number_input(key="o_value").set_value(20.0).run()
    app.button(key="o_commit").click().run()
    assert "Choose a reason" in app.error[0].value
    app.selectbox(key="o_reason").select("fleet_deal").run()
    app.button(key="o_commit").click().run()
    assert "Write a note" in app.error[0].value


def test_a_planners_override_is_previewed_committed_once_listed_and_withdrawn(page, served, password: str):
    app = page("paula", "forecast_review", cell="AE02", series="DELTA")
    app.number_input(key="o_value").set_value(4.0).run()
    assert "→ 4.0 cars" in texts(app)
    app.selectbox(key="o_reason").select("fleet_deal").run()
    app.text_input(key="o_note").input(NOTE).run()
    app.button(key="o_commit").click().run()
    assert "counts from the next run" in texts(app)
    app.button(key="o_commit").click().run()  # an impatient second click
    api = Api(served.url)
    api = Api(served.url, api.sign_in("paula", password))
    (written,) = [d for d in api.documents("forecast_overrides") if d["data"].get("note") == NOTE]
    assert (written["state"], written["data"]["outlet_code"], written["data"]["author_level"]) == (
        "applied",
        "AE02",
        "hq",
    )
    assert float(written["data"]["value"]) == 4.0
    withdrawn = api.move("forecast_overrides", written["key"], "withdraw", version=written["version"])
    assert withdrawn["state"] == "withdrawn"
    listed = page("paula", "forecast_review").dataframe
    assert all(NOTE not in table.value.to_numpy() for table in listed)


def test_a_regional_override_waits_for_the_planner(page, served, password: str):
    app = page("rana", "forecast_review", cell="SA01", series="BOREAL", cover="MEA/GULF/SA")
    app.number_input(key="o_value").set_value(10.0).run()
    app.selectbox(key="o_mode").select("percent").run()
    app.selectbox(key="o_reason").select("holiday").run()
    app.button(key="o_commit").click().run()
    assert "waits for a planner" in texts(app)
    api = Api(served.url)
    written = Api(served.url, api.sign_in("rana", password)).documents("forecast_overrides")[-1]
    assert written["created_by"] == "rana"
    assert (written["state"], written["data"]["region_path"]) == ("proposed", "MEA/GULF/SA")
    assert "outlet_code" not in written["data"] or written["data"]["outlet_code"] is None


def test_an_exception_is_taken_settled_with_a_cause_and_opened_again(page, served, password: str):
    app = page("paula", "plan_exceptions")
    assert "The figures in a sentence." in texts(app)  # the first that waits is shown
    app.button(key="x_take").click().run()
    assert not app.exception
    app.selectbox(key="x_cause").select("demand_changed").run()
    app.text_area(key="x_outcome").input("Plan lowered, see override").run()
    app.button(key="x_resolve").click().run()
    app.text_input(key="x_reason").input("It is back").run()
    app.button(key="x_reopen").click().run()
    api = Api(served.url)
    api = Api(served.url, api.sign_in("paula", password))
    (document,) = api.documents("plan_exceptions")
    assert (document["state"], document["version"]) == ("open", 3)
    assert document["data"]["owner"] == "paula"
    assert document["data"]["outcome"] == "Plan lowered, see override"


def test_a_scenario_is_opened_compared_promoted_and_then_holds(page, served, password: str):
    api = Api(served.url)
    api = Api(served.url, api.sign_in("paula", password))
    data = {
        "name": "Third shift",
        "changes": [{"measure": "capacity_units", "value": 15}],
        "assumption": "The plant adds a shift",
        "assumption_owner": "paula",
    }
    written = api.open("plan_scenarios", {"data": data})
    app = page("paula", "supply_plan", scenario=written["key"], against="base")
    assert not app.exception
    assert "Supply carries all" in texts(app)
    assert "Slots, cars a month: +15, every series, every month" in texts(app)
    app.button(key="s_promote").click().run()
    assert api.get(f"/v1/plan_scenarios/{written['key']}")["state"] == "promoted"
    opened = page("paula", "supply_plan")
    assert opened.selectbox(key="choice_scenario").value == written["key"]  # what was promoted comes first
    api.move("plan_scenarios", written["key"], "withdraw", version=2)
