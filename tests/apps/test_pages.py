"""Every page over a real API: what each role sees, may not see, and reads when there is nothing."""

from __future__ import annotations

import base64
import json

import pytest
from streamlit.testing.v1 import AppTest

from apps import menu
from apps.api_client import Api, ApiProblem, ApiUnreachable
from tests.apps import vehicle_tables
from tests.apps.opened import HOME, SECONDS, texts

pytestmark = pytest.mark.db


def test_whoever_is_not_signed_in_sees_no_figure_and_the_way_to_the_form(served):
    app = AppTest.from_file(str(HOME), default_timeout=SECONDS).run()
    assert app.title[0].value == "Sign in"
    assert [element.type for element in app.main].count("title") == 1
    assert not app.dataframe
    assert not app.metric


def test_a_token_the_api_no_longer_takes_ends_the_session(served):
    """It reads as valid, with a signature of nobody."""
    app = AppTest.from_file(str(HOME), default_timeout=SECONDS)
    claims = {"sub": "paula", "role": "oem_planner", "exp": 4_000_000_000}
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    app.session_state["dms_token"] = f"e30.{body}.c2ln"
    app.run()
    assert not app.exception
    assert app.title[0].value == "Sign in"


@pytest.mark.parametrize(
    ("user", "name", "says"),
    [
        ("paula", "forecast_review", "9 plans stand inside the forecast's 80 % band"),
        ("paula", "value_added", "Headquarters took 60 points off the error; Dealers added 40 points"),
        (
            "paula",
            "plan_rounds",
            "dealers expect to retail 120 cars and want 135; statistics say 90. 1 dealer",
        ),
        ("rana", "plan_rounds", "dealers expect to retail 120 cars"),
        ("paula", "plan_grid", "The plan: Jul 2026 90, Aug 2026 90, Sep 2026 90 cars."),
        ("paula", "supply_plan", "wanted cars cannot be supplied"),
        (
            "paula",
            "plan_exceptions",
            "2 of 2 exceptions wait for an owner. Most money: United Arab Emirates, DELTA",
        ),
        (
            "rana",
            "plan_exceptions",
            "2 of 2 exceptions wait for an owner. Most money: United Arab Emirates, DELTA",
        ),
        ("rana", "attainment", "of the target to date; at this pace"),
        ("omar", "attainment", "of the target to date; at this pace"),
        ("rana", "attainment", "0.9 products beside each car; from 0.7 (Mina Noor) to 1.2 (Saad Ali)."),
        ("omar", "attainment", "0.7 products beside each car."),
        ("rana", "order_pipeline", "3 cars on the way, 1 past the first promise; 1 longer in their stage"),
        ("omar", "order_pipeline", "2 cars on the way, 1 past the first promise"),
        (
            "rana",
            "order_pipeline",
            "1 project of key accounts in force or won: 5 cars filed, 3 handed over",
        ),
        ("omar", "order_pipeline", "1 ends within 30 days, the first in 9 days; 1 waits for an answer"),
        ("rana", "attainment", "to key accounts,"),
        ("rana", "scorecard", "targeted to date"),
        ("rana", "dealer_360", "Dune Motors Dubai"),
        ("omar", "dealer_360", "Dune Motors Dubai"),
        ("rana", "stock_health", "cars in stock"),
        ("rana", "funnel", "Most are lost before"),
        ("rana", "funnel", "On their day: from 60 % (Mina Noor) to 100 % (Saad Ali)."),
        ("cara", "funnel", "20 contacts due in 12 weeks, 60 % made on their day, 4 open past it"),
        ("paula", "stock_health", "at rates from 17 Jun 2026 on; without BRL, which has no rate"),
        ("rana", "market_share", "2 markets lost share in a year: United Arab Emirates lost most, −2.0 pts"),
        (
            "paula",
            "suggestion_outcomes",
            "44 % of 9 answers accepted as suggested; of 4 judged, refusals ran out in 25 %.",
        ),
        ("paula", "policy_whatif", "move a slider to see what another fill would hold"),
        (
            "paula",
            "network_balance",
            "1 part short at a warehouse; 5 units needed, 4 lie idle, 1 transfer beats",
        ),
        ("paula", "shortage_allocation", "1 part cannot be given to all; 1 of 3 cars on order get one"),
        ("rana", "shortage_allocation", "1 part cannot be given to all"),
        ("rana", "service_and_money", "1 outlet with less than a quarter of the credit left"),
        ("omar", "service_and_money", "Help came after 40 minutes on average"),
        ("rana", "vehicle_360", "1 car under an open safety recall"),
        ("dina", "runs_and_freshness", "1 of 2 checks failed: late_file"),
        ("dina", "runs_and_freshness", "No file has been loaded."),
        ("dina", "quarantine", "Nothing waits in quarantine"),
        ("quin", "steward", "1 pair to judge, the least certain first"),
        ("quin", "customer_360", "Whom are you looking for?"),
        ("dina", "access_and_audit", "can sign in"),
    ],
)
def test_a_page_opens_with_its_finding_and_its_trust_strip(page, user: str, name: str, says: str):
    app = page(user, name)
    assert not app.exception
    assert says in texts(app)
    assert "As of 17 Jun 2026" in texts(app)
    assert "1 check failed" in texts(app)


@pytest.mark.parametrize(
    ("user", "says"),
    [
        ("rana", "of parts in Jun 2026, 100 % of the target to date; at this pace"),
        ("rana", "1 dealer sent nothing for a category: Dune Motors Sharjah."),
        ("omar", "AED 20 of parts in Jun 2026"),
        ("mona", "Nobody is missing."),
    ],
)
def test_parts_stand_beside_their_targets_and_plans_on_a_switch_of_the_page(page, user: str, says: str):
    app = page(user, "attainment", of="parts")
    assert not app.exception
    assert says in texts(app)


def test_only_the_maker_merges_plans_of_parts(page):
    def buttons(user: str) -> list[str]:
        return [button.label for button in page(user, "attainment", of="parts").button]

    assert "Merge 4 plans" in buttons("rana")
    assert not [label for label in buttons("mona") if label.startswith("Merge")]


def test_parts_have_their_accuracy_by_lag_on_the_board(page):
    app = page("paula", "value_added", subject="part", level="outlet_item")
    assert next(box for box in app.selectbox if box.label == "Level").value == "outlet_item"
    lags = next(t.value for t in app.table if "Months ahead" in t.value.columns)
    assert lags["Months ahead"].to_list() == ["1", "2", "3"]


def test_the_weeks_of_a_month_add_up_to_the_published_plan_to_the_unit(page):
    app = page("paula", "plan_rounds")
    weeks = next(t.value for t in app.table if "Week from" in t.value.columns)
    # 18 dealers x series, five cars each in the published plan
    assert sum(int(n) for n in weeks["Plan"]) == 90


def test_parts_have_the_waterfall_of_one_dealer_at_a_time(page):
    app = page("paula", "value_added", subject="part", outlet="AE02")
    assert next(box for box in app.selectbox if box.label == "Dealer").value == "AE02"
    steps = next(f.value for f in app.dataframe if "Vintage" in f.value.columns)
    assert steps["Vintage"].to_list()[-1] == "What came"
    assert steps["Jun 26"].to_list()[-2] == "5"


def proposed(served, password: str, fill: int) -> list[dict]:
    """The policies of that fill; the tests of the pages share one API, so each has a fill of its own."""
    planner = Api(served.url, Api(served.url).sign_in("paula", password))
    policies = planner.documents("replenishment_policies")
    return [policy for policy in policies if policy["data"]["fill_permille"] == fill]


def test_a_wanted_fill_is_proposed_and_waits_for_another_planner(page, served, password: str):
    app = page("paula", "policy_whatif")
    app.slider(key="fill_A").set_value(95.0).run()
    assert "class A from 94.0 % to 95.0 %: +4.2 % stock" in texts(app)
    app.multiselect(key="p_kinds").set_value(["vital"])
    app.text_input(key="p_reason").set_value("Too many stock-outs in spring.")
    next(b for b in app.button if b.label == "Propose this policy").click().run()
    assert "waits for another planner's approval" in texts(app)
    (policy,) = proposed(served, password, 950)
    assert (policy["state"], policy["data"]["criticality"]) == ("proposed", "vital")


def test_dearer_shortages_move_the_fill_that_costs_least(page):
    app = page("paula", "policy_whatif")
    app.number_input(key="short").set_value(0.0).run()
    cheap = next(m.value for m in app.markdown if m.value.startswith("Class A: "))
    app.number_input(key="short").set_value(500.0).run()
    dear = next(m.value for m in app.markdown if m.value.startswith("Class A: "))
    assert cheap != dear


def test_what_the_answers_speak_for_is_proposed_in_one_click(page, served, password: str):
    app = page("paula", "suggestion_outcomes")
    app.button(key="propose_AE01_A_vital").click().run()
    assert "waits for another planner's approval" in texts(app)
    (policy,) = proposed(served, password, 930)
    assert (policy["state"], policy["data"]["outlet_code"]) == ("proposed", "AE01")


def test_an_accepted_allocation_tells_every_line_that_its_own_rules_refuse(page):
    """None of the documents is there: each line comes back with its rule, and nothing is written."""
    app = page("paula", "shortage_allocation")
    next(b for b in app.button if b.label == "Write 3 documents").click().run()
    said = texts(app)
    assert "0 documents written or there already" in said
    assert {"Row 1 (back order)", "Row 2 (car)", "Row 3 (transfer)"} <= {
        e.value.split(":")[0] for e in app.error
    }


def test_who_may_not_allocate_is_offered_no_button(page):
    assert not [b for b in page("rana", "shortage_allocation").button if b.label.startswith("Write")]


def test_a_role_has_its_pages_and_no_others():
    def pages(role: str) -> set[str]:
        return {entry.name for entry in menu.entries(role)}

    assert "quarantine" not in pages("oem_planner") | pages("regional_manager") | pages("dealer_staff")
    assert "forecast_review" not in pages("dealer_staff") | pages("data_engineer")
    assert pages("dealer_staff") == {
        "attainment", "customer_360", "dealer_360", "vehicle_360", "stock_health", "funnel",
        "order_pipeline", "service_and_money",
    }  # fmt: skip
    assert all(
        pages(role) for role in ("oem_planner", "regional_manager", "dealer_staff", "data_engineer", "admin")
    )


def test_a_page_of_another_role_cannot_be_opened(page):
    with pytest.raises(ValueError, match="quarantine"):
        page("rana", "quarantine")


def test_a_dealer_sees_its_own_outlet_only(page):
    app = page("omar", "dealer_360", outlet="SA01")
    assert app.selectbox[0].options == ["Dune Motors Dubai"]
    assert "Najd" not in texts(app)


def test_a_car_shows_what_must_be_done_first_and_what_is_in_doubt(page):
    app = page("omar", "vehicle_360", vin=vehicle_tables.RECALLED)
    said = texts(app)
    assert "Open safety recall: Brake hose" in app.error[0].value
    assert "1 reading below an earlier one" in said
    assert "40 km a day, estimated from 2 readings" in said
    assert app.dataframe[0].value["Document"].to_list() == ["JO-1"]


def test_a_dealer_is_compared_with_the_peers_that_are_chosen(page):
    app = page("rana", "dealer_360", outlet="AE01", peers="market", months="12")
    said = texts(app)
    assert "Ratios over the 12 months" in said
    assert "Compared with 2 outlets: same market." in said
    assert "complaints in a year" in said
    alone = page("omar", "dealer_360")
    assert "Compare with" not in [box.label for box in alone.selectbox]


def test_a_car_shows_its_way_from_order_to_owner_its_next_service_and_who_owns_it(page):
    said = texts(page("omar", "vehicle_360", vin=vehicle_tables.RECALLED))
    assert "Ordered 1 Dec 2023 → Built 5 Jan 2024 → Shipped 10 Jan 2024 → In stock 1 Feb 2024" in said
    assert "**1 Feb 2027**, in " in said
    assert "By the claim rules in force in United Arab Emirates." in said


def test_a_number_one_character_off_offers_the_car_on_file(page):
    app = page("omar", "vehicle_360", vin=vehicle_tables.RECALLED[:-1] + "2")
    assert "On file and one character apart" in texts(app)


def test_the_end_of_a_number_finds_the_car(page):
    assert vehicle_tables.RECALLED in [h.value for h in page("omar", "vehicle_360", vin="AA0001").subheader]


def test_history_and_owners_of_another_outlet_stay_with_it(page):
    app = page("omar", "vehicle_360", vin=vehicle_tables.ELSEWHERE)
    said = texts(app)
    assert "You see no owner" in said
    assert "Nothing happened at your outlets" in said
    assert "C9" not in said


def test_a_number_of_no_car_is_said_to_be_none(page):
    assert "No car FZ0AR10C0RVAA9999 is on file" in texts(
        page("omar", "vehicle_360", vin="FZ0AR10C0RVAA9999")
    )


def test_a_dealer_is_shown_under_its_company_and_who_writes_down_late(page):
    app = page("rana", "dealer_360", outlet="AE01")
    said = texts(app)
    assert "Dune Motors Dubai (DUNEMOTORS) · does sales, service · 1 change since 1 Jan 2019" in said
    people = next(t.value for t in app.table if "Written by" in t.value.columns)
    assert people["Written by"].to_list() == ["ali", "sara"]
    assert people["Neither corrected nor in doubt"].to_list() == ["60 %", "95 %"]


def test_a_regional_manager_sees_the_dealers_below_the_region(page):
    app = page("rana", "scorecard")
    assert app.dataframe[0].value["dealer"].to_list() == [
        "Najd Cars Riyadh",
        "Dune Motors Sharjah",
        "Dune Motors Dubai",
        "Palm Auto Abu Dhabi",
        "Red Sea Cars Jeddah",
    ]


def test_the_address_holds_the_filters(page):
    app = page("rana", "scorecard", region="MEA/GULF/SA")
    assert app.dataframe[0].value["dealer"].to_list() == ["Najd Cars Riyadh", "Red Sea Cars Jeddah"]


def test_without_a_snapshot_the_page_names_the_command(page, no_snapshot):
    app = page("rana", "scorecard")
    assert not app.exception
    assert "Nothing to show yet" in app.info[0].value
    assert "dms run" in app.info[0].value
    assert "Try again" in [button.label for button in app.button]


def test_a_page_over_an_empty_table_says_why_it_is_empty(page, empty_snapshot):
    for name in ("scorecard", "stock_health", "funnel", "forecast_review"):
        app = page("rana", name)
        assert not app.exception, name
        assert app.info, name


def test_an_api_that_is_away_is_said_plainly():
    with pytest.raises(ApiUnreachable, match="does not answer"):
        Api("http://127.0.0.1:9").get("/v1/snapshot")


def test_a_refusal_keeps_the_apis_own_words(served, password: str):
    api = Api(served.url)
    api = Api(served.url, api.sign_in("omar", password))
    with pytest.raises(ApiProblem, match="mart_nothing") as refused:
        api.table("mart_nothing")
    assert refused.value.status == 404
    assert refused.value.request_id


def test_an_export_holds_the_rows_of_the_user_and_no_others(served, password: str):
    import fastexcel

    api = Api(served.url)
    api = Api(served.url, api.sign_in("omar", password))
    sheet = fastexcel.read_excel(api.export("mart_stock_structure")).load_sheet("data").to_polars()
    assert set(sheet["outlet_id"]) == {"AE01"}


def test_a_table_longer_than_a_page_arrives_whole(served, password: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("apps.api_client.PAGE_ROWS", 100)
    api = Api(served.url)
    api = Api(served.url, api.sign_in("paula", password))
    rows = api.table("mart_sales_attainment")
    assert rows.height == rows.unique().height == 18 * 22


def test_the_audit_page_tells_who_may_what_and_is_not_for_planners(page):
    app = page("dina", "access_and_audit")
    rules, logins = (str(frame.value) for frame in app.dataframe[-2:])
    assert "customer_record" in rules
    assert "paula" in logins
    assert "password" not in logins
    app.text_input(key="audit_actor").input("nobody").run()
    assert "No change fits" in texts(app)
    assert "access_and_audit" not in {entry.name for entry in menu.entries("oem_planner")}


def test_an_exception_is_taken_settled_with_a_cause_and_opened_again(page, served, password: str):
    """Last in this file: whoever took it owns it from now on."""
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
