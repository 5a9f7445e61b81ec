"""What planners and regions write from the planning pages: files, rounds, launches."""

from __future__ import annotations

import io
from datetime import date

import polars as pl
import pytest
import xlsxwriter
from streamlit.testing.v1 import AppTest

from apps import plan_sheet, planning
from apps.api_client import Api
from tests.apps.opened import texts
from tests.apps.outlet_tables import small_tables

pytestmark = pytest.mark.db

JULY = "2026-07-01"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def signed_in(url: str, user: str, password: str) -> Api:
    return Api(url, Api(url).sign_in(user, password))


def published_grid() -> pl.DataFrame:
    """The plan of the small snapshot by market, as the page offers it."""
    vintage = small_tables()["mart_forecast_vintage"].filter(
        pl.col("lag").is_between(1, 6), subject="vehicle", step="final", vintage_month=date(2026, 6, 1)
    )
    return planning.plan_grid(vintage, "region_path")


def file_of(seen: pl.DataFrame, wanted: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, frame in ((plan_sheet.GRID, wanted), (plan_sheet.SEEN, seen)):
            sheet = book.add_worksheet(name)
            for number, row in enumerate([frame.columns, *frame.iter_rows()]):
                sheet.write_row(number, 0, row)
    return out.getvalue()


def with_cell(grid: pl.DataFrame, place: str, series: str, units: int) -> pl.DataFrame:
    here = (pl.col("place") == place) & (pl.col("series") == series)
    return grid.with_columns(pl.when(here).then(units).otherwise(JULY).alias(JULY))


def uploaded(app: AppTest, content: bytes) -> AppTest:
    app.file_uploader(key="plan_file").set_value(("plan.xlsx", content, XLSX)).run()
    assert not app.exception
    return app


def why(app: AppTest, note: str) -> AppTest:
    app.selectbox(key="g_reason").select("fleet_deal").run()
    app.text_input(key="g_note").input(note).run()
    for late in (t for t in app.text_input if t.key == "g_late"):
        late.input("The customer signed today").run()
    return app


def staged(app: AppTest) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = pl.from_pandas(app.table[0].value).to_dicts() if app.table else []
    return rows


def test_a_file_is_read_whatever_filter_stands_on_the_page_and_a_plan_that_moved_is_a_conflict(page):
    now = published_grid()
    seen = with_cell(now, "MEA/GULF/SA", "CIRRUS", 1)  # the plan said 1 when the file was written
    file = file_of(seen, with_cell(with_cell(seen, "MEA/GULF/SA", "CIRRUS", 9), "MEA/GULF/AE", "DELTA", 20))
    app = uploaded(page("paula", "plan_grid", region="LATAM/BR", series="BOREAL"), file)
    assert [(r["Where"], r["Series"], r["To"]) for r in staged(app)] == [
        ("United Arab Emirates", "DELTA", "20")
    ]
    assert "1 cell changed in the plan after the file was written" in texts(app)


def test_what_somebody_wrote_between_file_and_commit_is_refused_once_and_then_put_after_it(
    page, served, password: str
):
    now = published_grid()
    app = page("paula", "plan_grid")
    uploaded(app, file_of(now, with_cell(now, "MEA/GULF/AE", "CIRRUS", 21)))
    why(app, "Taxis, second lot")
    other = signed_in(served.url, "root", password)
    data = {
        "subject": "vehicle", "region_path": "MEA/GULF/AE", "series": "CIRRUS", "forecast_month": JULY,
        "mode": "set", "value": 18, "reason_code": "competitor", "author_level": "hq",
    }  # fmt: skip
    theirs = other.open("forecast_overrides", {"state": "applied", "data": data})
    app.button(key="g_commit").click().run()
    assert "You have seen theirs now: commit again" in texts(app)

    def written() -> list[dict[str, object]]:
        every = other.documents("forecast_overrides")
        return [d for d in every if "Taxis, second lot" in str(d["data"].get("note"))]

    assert written() == []
    app.button(key="g_commit").click().run()
    (mine,) = written()
    assert mine["data"]["seen_override_id"] == theirs["key"]  # type: ignore[index]
    for found in (mine, theirs):
        other.move("forecast_overrides", str(found["key"]), "withdraw", version=1)


def test_a_file_that_is_not_ours_is_refused_in_words(page):
    app = uploaded(page("paula", "plan_grid"), b"no workbook")
    assert "the file is no Excel workbook: download the plan again" in app.error[0].value


@pytest.fixture
def round_of_dealers(served, password: str) -> Api:
    """The documents behind the plans of the Gulf's dealers, of the version that is published."""
    api = signed_in(served.url, "root", password)
    plans = small_tables()["mart_dealer_plan"].filter(pl.col("region_path").str.starts_with("MEA/GULF"))
    for row in plans.iter_rows(named=True):
        data = {
            "horizon": "month", "series": row["series"], "period_date": JULY,
            "retail_units": row["retail_units"], "requirement_units": row["requirement_units"],
        }  # fmt: skip
        body = {"key": row["dealer_plan_id"], "outlet_id": row["outlet_id"], "data": data}
        opened = api.open("dealer_plans", body)
        api.move("dealer_plans", opened["key"], "submit", version=opened["version"])
    return api


def test_a_round_goes_from_region_to_headquarters_to_the_lock_without_a_run_between(
    page, round_of_dealers: Api
):
    def states() -> set[tuple[str, int]]:
        return {(d["state"], d["version"]) for d in round_of_dealers.documents("dealer_plans")}

    def move(user: str) -> str:
        app = page(user, "plan_rounds", month="2026-07")
        app.button(key="move_plans").click().run()
        assert not app.exception
        return texts(app)

    count = len(round_of_dealers.documents("dealer_plans"))
    first = page("rana", "plan_rounds", month="2026-07")  # opened before another one reviewed a plan
    faster = round_of_dealers.documents("dealer_plans")[0]
    round_of_dealers.move("dealer_plans", faster["key"], "review", version=2, data={})
    first.button(key="move_plans").click().run()
    assert f"{count - 1} plans moved on" in texts(first)
    assert len(first.error) == 1  # the one that moved meanwhile is named, the rest goes on
    assert "Nothing of this month waits for you" in texts(first)
    assert states() == {("region_reviewed", 3)}
    assert f"{count} plans moved on" in move("paula")
    assert states() == {("consolidated", 4)}
    assert f"{count} plans moved on" in move("paula")
    assert states() == {("locked", 5)}


def test_a_launch_is_approved_from_its_dialog_with_what_it_replaces(page, served, password: str):
    app = page("paula", "forecast_review")
    app.button(key="new_model").click().run()
    assert app.button(key="l_approve").disabled  # a series has a name
    app.text_input(key="l_series").input("NOVA")
    app.selectbox(key="l_like").select("DELTA")
    app.selectbox(key="l_old").select("CIRRUS")
    app.text_input(key="l_note").input("Board paper 7")
    app.button(key="new_model").click().run()  # a dialog stays open in a browser, here with each run
    app.button(key="new_model").click()
    app.button(key="l_approve").click().run()
    assert "Approved; its forecast is there with the next run" in texts(app)
    api = signed_in(served.url, "paula", password)
    (plan,) = [d for d in api.documents("launch_plans") if d["data"]["series"] == "NOVA"]
    assert (plan["state"], plan["data"]["replaced_series"], plan["data"]["note"]) == (
        "approved", "CIRRUS", "Board paper 7",
    )  # fmt: skip
    api.move("launch_plans", plan["key"], "withdraw", version=plan["version"])
