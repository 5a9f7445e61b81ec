"""A promotion planned from the forecast review: sent by one planner, approved by another."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from apps import event
from apps.api_client import Api
from forecasting.known_ahead import TABLE_SCHEMA
from tests.apps.opened import texts

ROOT = Path(__file__).parents[2]
CELL = {"cell": "MEA/GULF/SA", "series": "DELTA"}
WHY = "The market leader does the same"


@pytest.mark.fast
def test_a_promotion_covers_the_share_of_each_months_days_first_and_last_counted():
    found = event.days_promoted(date(2026, 12, 30), date(2027, 2, 7))
    assert found == {date(2026, 12, 1): 2 / 31, date(2027, 1, 1): 1, date(2027, 2, 1): 7 / 28}
    assert event.days_promoted(date(2026, 5, 9), date(2026, 5, 9)) == {date(2026, 5, 1): 1 / 31}
    assert event.days_promoted(date(2026, 5, 9), date(2026, 5, 8)) == {}
    assert event.told({}, {}, signals(0.5)) == "The last day is before the first."


def signals(weight: float, *, is_used: bool = True) -> pl.DataFrame:
    row = {"group": "drivers", "signal": "promotion_share", "weight": weight, "is_used": is_used}
    return pl.DataFrame([row], schema=TABLE_SCHEMA)


@pytest.mark.fast
def test_the_dialog_says_what_past_promotions_make_of_it_in_cars_and_that_none_may_move_nothing():
    # half of a month that sells 10, where a whole one sells twice: 10 * (2 ** 0.5 - 1) = 4.1
    july, august = date(2026, 7, 1), date(2026, 8, 1)
    told = event.told({july: 0.5, august: 1.0}, {july: 10.0}, signals(math.log(2)))
    assert "Jul 2026 50%, Aug 2026 100%" in told
    assert "sold +100 % in a whole month, so about **+4.1 cars**" in told
    assert "None of these months is forecast now" in event.told({august: 1}, {july: 10}, signals(0.1))
    unused = event.told({july: 0.5}, {july: 10.0}, signals(0.5, is_used=False))
    assert unused.endswith("did not make the forecast better, so it does not move.")
    assert "No promotion has been seen yet" in event.told({july: 0.5}, {july: 10.0}, signals(0.5).clear())


@pytest.mark.fast
def test_the_dialog_plans_the_kinds_that_the_forecast_learns_from_and_names_its_driver():
    mart = (ROOT / "dbt_project/models/marts/sales/mart_vehicle_driver.sql").read_text()
    assert f"campaign_type in {event.KINDS}" in mart
    assert f"as {event.DRIVER}" in mart


@pytest.mark.fast
def test_a_campaign_is_the_same_whatever_part_of_it_was_granted_and_not_at_another_dealer_or_budget():
    opening = event.campaign("AE01", "AED", 10, 50, name="Open house")
    granted = {"outlet_id": "AE01", "data": opening["data"] | {"oem_share_minor": 1}}
    assert event.is_same(granted, opening)
    assert not event.is_same(granted | {"outlet_id": "AE02"}, opening)
    assert not event.is_same(granted, event.campaign("AE01", "AED", 11, 50, name="Open house"))
    assert not event.is_same({"outlet_id": "AE01", "data": granted["data"] | {"series": "S"}}, opening)


@pytest.mark.fast
def test_whoever_approves_reads_what_it_costs_a_sum_a_currency():
    money = [event.campaign("AE01", currency, 10, 50) for currency in ("AED", "AED", "KWD")]
    assert event.cost(money) == "AED 20 (maker AED 10) and KWD 10 (maker KWD 5)"


@pytest.mark.fast
def test_a_budget_is_written_in_minor_units_of_the_dealers_currency():
    def money(currency: str) -> tuple[int, int]:
        data = event.campaign("AE01", currency, 10.5, 50, name="Open house")["data"]
        return data["budget_minor"], data["oem_share_minor"]

    assert (money("AED"), money("KWD")) == ((1050, 525), (10500, 5250))


def planned(key: str, **more: Any) -> dict[str, Any]:
    data = {
        "name": "Eid",
        "starts_date": "2026-07-01",
        "ends_date": "2026-07-09",
        "campaign_type": "promotion",
    }
    return {"key": key, "outlet_id": "AE01", "state": "approved", "data": data | {"series": "S"}} | more


@pytest.mark.fast
def test_what_stands_for_a_cell_is_of_its_dealers_its_series_or_every_series():
    every = planned("3")
    every["data"] = {name: value for name, value in every["data"].items() if name != "series"}
    other = planned("4", data=planned("4")["data"] | {"series": "T"})
    show = planned("5", data=planned("5")["data"] | {"campaign_type": "test_drive_day"})
    elsewhere, draft = planned("6", outlet_id="SA01"), planned("7", state="draft")
    documents = [planned("1"), planned("2", outlet_id="AE02"), every, other, show, elsewhere, draft]
    found = event.standing(documents, ["AE01", "AE02"], "S")
    assert {at: [d["key"] for d in group] for at, group in found.items()} == {
        ("Eid", "2026-07-01", "2026-07-09", "approved"): ["1", "2", "3"]
    }


def send(app: AppTest, last: date) -> AppTest:
    """The filled-in dialog is sent; a dialog stays open in a browser, here it is opened with each run."""
    app.button(key="event").click().run()
    app.text_input(key="e_name").input("Founding day")
    app.text_input(key="e_why").input(WHY)
    app.number_input(key="e_budget_SAR").set_value(5_000.0)
    app.date_input(key="e_first").set_value(date(2026, 7, 10))
    app.date_input(key="e_last").set_value(last)
    app.button(key="event").click().run()
    app.button(key="event").click()
    return app.button(key="e_send").click().run()


def approvals(app: AppTest) -> list[Any]:
    return [b for b in app.button if b.key and b.key.startswith("e_approve")]


@pytest.mark.db
def test_what_the_api_refuses_is_said_with_field_rule_and_remedy(page, served, password: str):
    app = send(page("paula", "forecast_review", **CELL), date(2026, 7, 1))
    (error,) = (e.value for e in app.error)
    assert error.startswith("SA01: ")
    assert "ends_date: ends_date is not before starts_date; correct one of ends_date, starts_date" in error
    api = Api(served.url, Api(served.url).sign_in("paula", password))
    assert api.documents("campaigns", [("name", "Founding day")]) == []


@pytest.mark.db
def test_one_planner_sends_an_event_once_and_another_approves_it(page, served, password: str):
    app = send(page("paula", "forecast_review", **CELL), date(2026, 7, 20))
    assert "2 campaigns sent for approval" in texts(app)
    app = send(app, date(2026, 7, 20))
    assert approvals(app) == []  # nobody approves his own
    assert "Nothing was sent: 2 dealers had the very same already" in texts(app)
    api = Api(served.url, Api(served.url).sign_in("paula", password))

    def written() -> list[tuple[str, str, str]]:
        found = api.documents("campaigns", [("name", "Founding day")])
        return sorted((d["outlet_id"], d["state"], d["data"]["note"]) for d in found)

    assert written() == [("SA01", "submitted", WHY), ("SA02", "submitted", WHY)]
    other = page("root", "forecast_review", **CELL)
    other.button(key="event").click().run()
    (approve,) = approvals(other)
    other.button(key="event").click()
    approve.click().run()
    assert "Approved" in texts(other)
    assert written() == [("SA01", "approved", WHY), ("SA02", "approved", WHY)]


@pytest.mark.db
def test_what_was_rejected_may_be_asked_for_again(page, served, password: str):
    planner, other = (Api(served.url, Api(served.url).sign_in(u, password)) for u in ("paula", "root"))

    def states() -> list[str]:
        found = planner.documents("campaigns", [("name", "Founding day"), ("ends_date_from", "2026-07-25")])
        return sorted(d["state"] for d in found)

    send(page("paula", "forecast_review", **CELL), date(2026, 7, 25))
    for asked in planner.documents("campaigns", [("ends_date_from", "2026-07-25")]):
        why = {"reject_reason": "Not in Ramadan"}
        other.move("campaigns", asked["key"], "reject", version=asked["version"], data=why)
    assert states() == ["rejected", "rejected"]
    send(page("paula", "forecast_review", **CELL), date(2026, 7, 25))
    assert states() == ["rejected", "rejected", "submitted", "submitted"]


@pytest.mark.db
def test_a_region_does_not_open_events(page):
    assert "event" not in {b.key for b in page("rana", "forecast_review", **CELL).button}
