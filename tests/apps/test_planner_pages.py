"""A planner overrides, compares scenarios; a region proposes."""

from __future__ import annotations

import pytest

from apps import override_commit
from apps.api_client import Api
from tests.apps.opened import texts

pytestmark = pytest.mark.db

NOTE = "Forty taxis for the airport"


@pytest.mark.parametrize("cell", ["MEA/GULF", "MEA", "MEA/GULF/AE", "AE02"])
def test_a_link_opens_the_cell_that_it_names_whatever_its_level(page, cell: str):
    app = page("paula", "forecast_review", cell=cell, series="DELTA")
    assert not app.exception
    assert app.selectbox(key="choice_cover").value == cell
    assert "such cell" not in texts(app)


@pytest.mark.parametrize(("cell", "series"), [("MEA/SUNK", "DELTA"), ("AE02", "GONE"), ("MEA/GU", "DELTA")])
def test_a_link_to_a_cell_that_is_gone_says_so_and_shows_the_first(page, cell: str, series: str):
    app = page("paula", "forecast_review", cell=cell, series=series)
    assert not app.exception
    assert f"{series}: no such cell is forecast for you now" in texts(app)


def test_an_override_needs_a_reason_and_a_note_when_it_is_large(page):
    app = page("paula", "forecast_review", cell="AE02", series="DELTA")
    app.number_input(key="o_value").set_value(20.0).run()
    app.button(key="o_stage").click().run()
    assert "Choose a reason" in app.error[0].value
    app.selectbox(key="o_reason").select("fleet_deal").run()
    app.button(key="o_stage").click().run()
    assert "Write a note" in app.error[0].value


def test_a_planners_override_is_previewed_committed_once_listed_and_withdrawn(page, served, password: str):
    app = page("paula", "forecast_review", cell="AE02", series="DELTA")
    app.number_input(key="o_value").set_value(4.0).run()
    assert "→ 4.0 cars" in texts(app)
    app.selectbox(key="o_reason").select("fleet_deal").run()
    app.text_input(key="o_note").input(NOTE).run()
    app.button(key="o_stage").click().run()
    assert "1 change staged" in texts(app)
    app.button(key="o_commit").click().run()
    assert "counts from the next run" in texts(app)
    app.button(key="o_stage").click().run()
    app.button(key="o_commit").click().run()  # the same change again is the same document
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
    app.text_input(key="o_note").input("Eid is earlier").run()
    app.button(key="o_stage").click().run()
    app.button(key="o_commit").click().run()
    assert "waits for a planner" in texts(app)
    api = Api(served.url)
    written = Api(served.url, api.sign_in("rana", password)).documents("forecast_overrides")[-1]
    assert written["created_by"] == "rana"
    assert (written["state"], written["data"]["region_path"]) == ("proposed", "MEA/GULF/SA")
    assert "outlet_code" not in written["data"] or written["data"]["outlet_code"] is None


def test_the_planner_sees_what_regions_propose_and_applies_it(page, served, password: str):
    region = Api(served.url, Api(served.url).sign_in("rana", password))
    data = {
        "subject": "vehicle", "region_path": "MEA/GULF/AE", "series": "CIRRUS",
        "forecast_month": "2026-08-01",
        "mode": "add", "value": 3, "reason_code": "holiday", "author_level": "region",
    }  # fmt: skip
    written = region.open("forecast_overrides", {"state": "proposed", "data": data})
    app = page("paula", "forecast_review")
    assert "for you to apply or withdraw them" in texts(app)
    app.button(key="apply_all").click().run()
    assert not app.exception
    assert region.get(f"/v1/forecast_overrides/{written['key']}")["state"] == "applied"
    region.move("forecast_overrides", written["key"], "withdraw", version=2)


def test_an_override_that_came_meanwhile_is_shown_before_anything_is_written(page, served, password: str):
    app = page("paula", "forecast_review", cell="AE03", series="BOREAL")
    app.number_input(key="o_value").set_value(5.0).run()
    app.selectbox(key="o_reason").select("fleet_deal").run()
    app.text_input(key="o_note").input("Mine").run()
    app.button(key="o_stage").click().run()
    other = Api(served.url, Api(served.url).sign_in("root", password))
    data = {
        "subject": "vehicle", "region_path": "MEA/GULF", "series": "BOREAL", "forecast_month": "2026-07-01",
        "mode": "percent", "value": 10, "reason_code": "competitor", "author_level": "hq",
    }  # fmt: skip
    theirs = other.open("forecast_overrides", {"state": "applied", "data": data})
    app.button(key="o_commit").click().run()
    assert "Somebody was faster" in texts(app)
    mine = [d for d in other.documents("forecast_overrides") if d["data"].get("note") == "Mine"]
    assert mine == []
    app.button(key="o_theirs").click().run()
    assert "staged, not written yet" not in texts(app)
    other.move("forecast_overrides", theirs["key"], "withdraw", version=1)


def test_what_the_database_refuses_is_shown_as_a_conflict_and_mine_is_written_after_theirs(
    page, served, password: str, monkeypatch
):
    """Both passed the page's own look; the write of the other was first."""
    app = page("paula", "forecast_review", cell="AE03", series="CIRRUS")
    app.number_input(key="o_value").set_value(5.0).run()
    app.selectbox(key="o_reason").select("fleet_deal").run()
    app.text_input(key="o_note").input("Second").run()
    app.button(key="o_stage").click().run()
    other = Api(served.url, Api(served.url).sign_in("root", password))
    data = {
        "subject": "vehicle", "region_path": "MEA/GULF", "series": "CIRRUS", "forecast_month": "2026-07-01",
        "mode": "percent", "value": 10, "reason_code": "competitor", "author_level": "hq",
    }  # fmt: skip
    theirs = other.open("forecast_overrides", {"state": "applied", "data": data})
    real, calls = override_commit.overrides_ahead, []

    def blind_once(as_of):
        calls.append(as_of)
        return [d for d in real(as_of) if len(calls) > 1 or d["key"] != theirs["key"]]

    monkeypatch.setattr(override_commit, "overrides_ahead", blind_once)
    app.button(key="o_commit").click().run()
    assert "Somebody was faster" in texts(app)
    app.button(key="o_mine").click().run()
    (mine,) = [d for d in other.documents("forecast_overrides") if d["data"].get("note") == "Second"]
    assert mine["data"]["seen_override_id"] == theirs["key"]
    for found in (mine, theirs):
        other.move("forecast_overrides", found["key"], "withdraw", version=1)


def test_what_a_region_gains_its_other_dealer_gives_and_a_month_is_copied_on(page):
    app = page("paula", "forecast_review", cell="AE02", series="DELTA")
    app.number_input(key="o_value").set_value(3.0).run()
    app.selectbox(key="o_gives").select("region").run()
    app.number_input(key="o_copies").set_value(1).run()
    told = texts(app)
    assert "(0.0) over 2 months" in told
    assert "Money" in told
    assert "Stock" in told


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
    assert "earns USD" in texts(app)
    app.button(key="s_promote").click().run()
    assert api.get(f"/v1/plan_scenarios/{written['key']}")["state"] == "promoted"
    opened = page("paula", "supply_plan")
    assert opened.selectbox(key="choice_scenario").value == written["key"]  # what was promoted comes first
    api.move("plan_scenarios", written["key"], "withdraw", version=2)


def test_a_regional_manager_reads_what_a_draft_gives_the_region_s_dealers_beside_his_signature(
    page, served, password: str
):
    paula, root = (Api(served.url, Api(served.url).sign_in(name, password)) for name in ("paula", "root"))
    signs = {"functions": [{"function": "sales", "signer_grant": "regional_manager"}]}
    rule = paula.open("plan_signoff_rules", {"data": signs | {"effective_from_date": "2020-01-01"}})["key"]
    root.move("plan_signoff_rules", rule, "activate", version=1)
    data = {"name": "Fewer slots", "assumption": "Strike", "assumption_owner": "paula"}
    for key in ("PS-WAITS", "PS-NEW"):
        paula.open("plan_scenarios", {"key": key, "data": data})
    try:
        assert "version 1 gives each dealer is not reckoned yet" in texts(
            page("rana", "supply_plan", scenario="PS-NEW")
        )
        app = page("rana", "supply_plan", scenario="PS-WAITS")
        assert not app.exception
        assert "It gives 5 dealers" in texts(app)  # of the Gulf alone
        (shown,) = (d.value for d in app.dataframe if "In the draft" in d.value.columns)
        assert shown.iloc[0][["Change", "Series", "In the draft", "Today"]].to_list() == [-3, "DELTA", 1, 4]
        app.button(key="s_sign_sales").click().run()
        assert [s["created_by"] for s in paula.documents("plan_signatures")] == ["rana"]
    finally:
        root.move("plan_signoff_rules", rule, "end", version=2, data={"effective_to_date": "2020-01-02"})
        for key in ("PS-WAITS", "PS-NEW"):
            paula.move("plan_scenarios", key, "withdraw", version=1)


def test_a_regional_manager_sees_what_the_region_s_dealers_get_and_not_what_cars_cost(page):
    app = page("rana", "supply_plan")
    assert not app.exception
    told = texts(app)
    assert "Your dealers want" in told
    assert "not yet held to supply" in told
    assert "Margin" not in told
