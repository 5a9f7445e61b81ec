"""The four users in a real Chromium: each signs in and does the main task of its day, over the demo.

With DMS_SCREENSHOTS=1 each walk leaves its picture in docs/images.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from apps import plan_sheet
from apps.api_client import Api
from pipelines.demo.accounts import DEMO_PASSWORD
from pipelines.settings import Settings

pytestmark = [pytest.mark.flow, pytest.mark.timeout(900)]

IMAGES = Path(__file__).parents[2] / "docs" / "images"
LAPTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
GRID_ROW_PX = 31  # header and rows alike, at the theme's font size
PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def laptop(browser: Browser) -> Iterator[Page]:
    """A page that fails the test when it asks any other machine for anything."""
    yield from _page(browser, LAPTOP)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    yield from _page(browser, PHONE)


def _page(browser: Browser, size: dict[str, int]) -> Iterator[Page]:
    context = browser.new_context(viewport=size)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    strangers: list[str] = []
    page.on("request", lambda request: strangers.append(request.url) if _is_foreign(request.url) else None)
    yield page
    context.close()
    assert strangers == []


def _is_foreign(url: str) -> bool:
    return not re.match(r"(https?|wss?)://127\.0\.0\.1|data:|blob:|about:", url)


def sign_in(page: Page, settings: Settings, user: str, *, path: str = "") -> None:
    page.goto(f"{settings.apps_url}/{path}")
    page.get_by_label("User name").fill(user)
    page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Sign out")).to_be_visible()


def settled(page: Page) -> None:
    """The page has been drawn to its end: nothing runs, nothing is refused, nothing broke."""
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
    page.wait_for_timeout(700)  # charts draw after the last message


def keep_picture(page: Page, name: str, *, height: int | None = None) -> None:
    """Only when asked: a test run leaves the tree as it was."""
    if os.environ.get("DMS_SCREENSHOTS") != "1":
        return
    IMAGES.mkdir(parents=True, exist_ok=True)
    if height:
        page.set_viewport_size({"width": LAPTOP["width"], "height": height})
        page.wait_for_timeout(1500)
    page.mouse.move(0, 0)
    page.screenshot(path=IMAGES / f"{name}.png")


def click_row(page: Page, grid: Locator, number: int) -> None:
    """Tick the row of that number, from 1. The grid is a canvas, so its rows are found by their height."""
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 16, box["y"] + GRID_ROW_PX * (number + 0.5))


def signed_in(settings: Settings, user: str) -> Api:
    return Api(settings.api_url, Api(settings.api_url).sign_in(user, DEMO_PASSWORD))


def test_the_planner_overrides_a_forecast_and_it_is_a_document(laptop: Page, everything_up: Settings):
    sign_in(laptop, everything_up, "planner.demo")
    expect(laptop.get_by_role("heading", name="Forecast review")).to_be_visible()
    settled(laptop)
    keep_picture(laptop, "forecast-review", height=1000)
    laptop.get_by_label("Value", exact=True).fill("25")
    laptop.get_by_label("Value", exact=True).press("Enter")
    expect(laptop.get_by_text("→ 25.0 cars")).to_be_visible()
    settled(laptop)  # a menu opened while the page is drawn again would close
    reason = laptop.get_by_label("Reason")
    reason.press("ArrowDown")  # by keyboard alone, as not everybody has a mouse
    reason.press_sequentially("Fleet")
    reason.press("Enter")
    expect(reason).to_have_value("Fleet or tender deal")
    settled(laptop)
    laptop.get_by_label("Note").fill("Taxis for the airport, signed")
    laptop.get_by_label("Note").press("Enter")
    settled(laptop)
    laptop.get_by_role("button", name="Stage").click()
    laptop.get_by_role("button", name="Commit 1 change").click()
    expect(laptop.get_by_text("counts from the next run")).to_be_visible()
    settled(laptop)
    overrides = signed_in(everything_up, "planner.demo").documents("forecast_overrides")
    mine = [d for d in overrides if d["data"].get("note") == "Taxis for the airport, signed"]
    assert [(d["state"], d["created_by"]) for d in mine] == [("applied", "planner.demo")]


def grid_cell(page: Page, grid: Locator, row: int, *, x: int) -> None:
    """Click a cell of a canvas, which takes a moment to follow the mouse."""
    grid.click(position={"x": x, "y": GRID_ROW_PX * (row + 0.5)})
    page.wait_for_timeout(300)


def type_down(page: Page, *values: str) -> None:
    for value in values:
        for key in (*value, "Enter"):
            page.keyboard.press(key)
            page.wait_for_timeout(150)


def moved(file: Path, *, changed: str, stale: str) -> bytes:
    """A file of the plan with a car more in the last month of two series, one of which the plan has moved."""
    wanted, seen = (pl.read_excel(file, sheet_name=name) for name in (plan_sheet.GRID, plan_sheet.SEEN))
    month, number = wanted.columns[-1], pl.col(wanted.columns[-1]).cast(pl.Int64)
    more = wanted.with_columns(number + pl.col("series").is_in([changed, stale]).cast(pl.Int64))
    before = seen.head(wanted.height).with_columns(number + 2 * (pl.col("series") == stale).cast(pl.Int64))
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, frame in ((plan_sheet.GRID, more), (plan_sheet.SEEN, before)):
            sheet = book.add_worksheet(name)
            for at, row in enumerate([frame.columns, *frame.iter_rows()]):
                sheet.write_row(at, 0, row)
    assert month in more.columns
    return out.getvalue()


def test_the_plan_is_typed_by_keyboard_and_sent_as_a_file_that_meets_what_others_wrote(
    laptop: Page, everything_up: Settings
):
    sign_in(laptop, everything_up, "planner.demo", path="plan_grid?region=MEA/GULF/SA")
    grid = laptop.get_by_test_id("stDataFrame").first
    expect(grid).to_be_visible()
    settled(laptop)
    grid_cell(laptop, grid, 1, x=560)
    type_down(laptop, "19", "18")
    expect(laptop.get_by_text("2 changes staged")).to_be_visible()
    with laptop.expect_download() as down:
        laptop.get_by_role("button", name="Download this grid").click()
    laptop.reload()  # what is typed and not committed is gone, the filter is not
    expect(laptop.get_by_text("Nothing is staged")).to_be_visible()
    expect(laptop).to_have_url(re.compile("region=MEA"))
    file = moved(down.value.path(), changed="LUMO", stale="KESTA")
    laptop.locator("input[type=file]").set_input_files(
        {"name": "plan.xlsx", "mimeType": "application/octet-stream", "buffer": file}
    )
    expect(laptop.get_by_text("1 cell changed in the plan after the file was written")).to_be_visible()
    expect(laptop.get_by_text("1 change staged")).to_be_visible()
    settled(laptop)
    grid_cell(laptop, laptop.get_by_test_id("stDataFrame").last, 1, x=30)
    laptop.keyboard.press("Space")
    expect(laptop.get_by_text("2 changes staged")).to_be_visible()
    settled(laptop)
    reason = laptop.get_by_label("Reason")
    reason.press("ArrowDown")
    reason.press_sequentially("Competitor")
    reason.press("Enter")
    settled(laptop)
    laptop.get_by_label("Note").fill("Rival leaves the market")
    laptop.get_by_label("Note").press("Enter")
    settled(laptop)
    other = signed_in(everything_up, "admin.demo")
    theirs = {
        "subject": "vehicle", "region_path": "MEA/GULF/SA", "series": "LUMO", "mode": "add", "value": 1,
        "forecast_month": pl.read_excel(down.value.path()).columns[-1], "reason_code": "competitor",
        "author_level": "hq",
    }  # fmt: skip
    other.open("forecast_overrides", {"state": "applied", "data": theirs})
    refused = laptop.get_by_text("You have seen theirs now")
    laptop.get_by_role("button", name="Commit 2 changes").click()
    expect(refused).to_be_visible()  # 409 for one, the other is written
    laptop.get_by_role("button", name="Commit 2 changes").click()
    expect(refused).to_have_count(0)
    settled(laptop)
    written = other.documents("forecast_overrides", [("state", "applied")])
    mine = [d for d in written if d["data"].get("note") == "Rival leaves the market"]
    assert sorted(d["data"]["series"] for d in mine) == ["KESTA", "LUMO"]


def test_the_product_tree_is_walked_to_the_brand_and_down_to_a_variant_and_a_link_keeps_the_place(
    laptop: Page, everything_up: Settings
):
    start = "forecast_review?cell=MEA/GULF/SA&series=LUMO&ahead=6"
    sign_in(laptop, everything_up, "planner.demo", path=start)
    expect(laptop.get_by_text("Product tree › Velmora › LUMO")).to_be_visible()
    settled(laptop)
    grid_cell(laptop, laptop.get_by_test_id("stDataFrame").nth(1), 1, x=16)
    only = laptop.get_by_text("Events, outliers and overrides are of one series")
    expect(only).to_be_visible()
    laptop.reload()
    expect(only).to_be_visible()
    expect(laptop).to_have_url(re.compile("(?=.*ahead=6)(?=.*series=LUMO)(?=.*brand=Velmora)"))
    settled(laptop)
    grid_cell(laptop, laptop.get_by_test_id("stDataFrame").nth(1), 3, x=16)  # Velmora, BOREA, KESTA
    expect(laptop.get_by_text("Product tree › Velmora › KESTA")).to_be_visible()
    settled(laptop)
    grid_cell(laptop, laptop.get_by_test_id("stDataFrame").nth(1), 4, x=16)
    expect(laptop.get_by_text("Product tree › Velmora › KESTA › Kesta Sedan")).to_be_visible()
    settled(laptop)
    laptop.keyboard.press("Control+ArrowDown")  # the next exception: the tree follows it
    expect(laptop).not_to_have_url(re.compile("model="))


def test_the_regional_manager_finds_the_dealer_that_needs_a_call(laptop: Page, everything_up: Settings):
    sign_in(laptop, everything_up, "region.mea")
    expect(laptop.get_by_role("heading", name="Dealer scorecard")).to_be_visible()
    expect(laptop.get_by_test_id("stDataFrame")).to_be_visible()
    settled(laptop)
    keep_picture(laptop, "scorecard")
    names = signed_in(everything_up, "region.mea").table("dim_outlet")
    assert set(names["region_path"].str.split("/").list.first()) == {"MEA"}
    last = signed_in(everything_up, "region.mea").table("mart_dealer_scorecard")["outlet_id"].n_unique()
    click_row(laptop, laptop.get_by_test_id("stDataFrame").first, last)  # ranked: the last needs a call
    expect(laptop.get_by_role("heading", name="Dealer 360")).to_be_visible()
    expect(laptop).to_have_url(re.compile(r"dealer_360\?outlet="))
    expect(laptop.get_by_role("heading", name="Data quality")).to_be_visible()
    settled(laptop)
    keep_picture(laptop, "dealer-360", height=1500)


def test_a_link_opens_where_it_points_after_signing_in_in_a_new_tab_and_after_a_reload(
    laptop: Page, everything_up: Settings
):
    sign_in(laptop, everything_up, "region.mea", path="dealer_360?outlet=SA-D01")
    link = re.compile(r"/dealer_360\?outlet=SA-D01(&|$)")
    tab = laptop.context.new_page()
    tab.goto(laptop.url)
    laptop.reload()
    for page in (laptop, tab):
        expect(page.get_by_role("heading", name="Dealer 360")).to_be_visible()
        expect(page).to_have_url(link)
    tab.get_by_role("link", name="Sign out").click()
    expect(tab.get_by_label("User name")).to_be_visible()
    laptop.reload()
    expect(laptop.get_by_label("User name")).to_be_visible()


def test_the_data_engineer_sees_what_failed_and_corrects_a_row(laptop: Page, everything_up: Settings):
    sign_in(laptop, everything_up, "engineer.demo")
    expect(laptop.get_by_role("heading", name="Runs and freshness")).to_be_visible()
    expect(laptop.get_by_role("heading", name="Freshness by table")).to_be_visible()
    settled(laptop)
    keep_picture(laptop, "runs", height=1100)
    laptop.get_by_role("link", name="Quarantine").click()
    expect(laptop.get_by_role("heading", name="Rows in quarantine")).to_be_visible()
    settled(laptop)
    api = signed_in(everything_up, "engineer.demo")
    before = {d["key"]: d["state"] for d in api.documents("quarantine_rows")}
    click_row(laptop, laptop.get_by_test_id("stDataFrame").last, 1)
    value = laptop.get_by_label(re.compile("Corrected value"))
    expect(value).to_be_visible()
    keep_picture(laptop, "quarantine", height=1100)
    value.fill("AE-D01")
    value.press("Enter")
    laptop.get_by_role("button", name="Save correction").click()
    expect(laptop.get_by_text("Correction saved")).to_be_visible()
    expect(value).to_have_count(0)
    settled(laptop)
    after = {d["key"]: d["state"] for d in api.documents("quarantine_rows")}
    assert [(before[k], after[k]) for k in before if before[k] != after[k]] == [("open", "corrected")]


def test_the_parts_manager_orders_once_on_a_phone(phone: Page, everything_up: Settings):
    api = signed_in(everything_up, "parts.br")
    before = {d["key"] for d in api.documents("parts_orders")}
    sign_in_at_the_desk(phone, everything_up, "parts.br")
    phone.goto(f"{everything_up.api_url}/desk/suggestions")
    lines = phone.locator("article.card")
    expect(lines.first).to_be_visible()
    lines.first.locator("details summary").first.click()
    keep_picture(phone, "desk-suggestions")
    wide = phone.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"], "a phone page does not scroll sideways"
    phone.locator("div.bar button.main").click()
    expect(phone.locator("body")).not_to_have_text("")
    ordered = [d for d in api.documents("parts_orders") if d["key"] not in before]
    assert ordered
    assert {d["outlet_id"] for d in ordered} == {"BR-D01"}
    phone.reload()  # the form is sent again; the answer is the first one
    again = [d for d in api.documents("parts_orders") if d["key"] not in before]
    assert {d["key"] for d in again} == {d["key"] for d in ordered}


DESK_PAGES = (
    "", "/find?q=al", "/find?q=AI100", "/workshop", "/suggestions", "/suggestions?tab=all",
    "/documents/repair_orders", "/documents/repair_orders/new", "/documents/customer_records",
    "/documents/parts_orders/new", "/bulletins", "/documents/nothing",
)  # fmt: skip


def sign_in_at_the_desk(page: Page, settings: Settings, user: str) -> None:
    page.goto(f"{settings.api_url}/desk/sign-in")
    page.locator("input[name=username]").fill(user)
    page.locator("input[name=password]").fill(DEMO_PASSWORD)
    page.locator("form.card button.main").click()


def serious(page: Page) -> list[tuple[str, str]]:
    """What axe finds that keeps somebody out: the rule and the first place."""
    found = Axe().run(page).response["violations"]
    bad = [v for v in found if v["impact"] in {"serious", "critical"}]
    return [(v["id"], v["nodes"][0]["html"][:200]) for v in bad]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_nobody_is_kept_out_of_the_desk(phone: Page, everything_up: Settings, language: str):
    desk = f"{everything_up.api_url}/desk"
    phone.goto(f"{desk}/sign-in")
    assert serious(phone) == []
    sign_in_at_the_desk(phone, everything_up, "manager.ae")
    phone.goto(f"{desk}/language/{language}")
    repair = signed_in(everything_up, "manager.ae").documents("repair_orders")[0]
    pages = (*DESK_PAGES, f"/documents/repair_orders/{repair['key']}", f"/vehicles/{repair['data']['vin']}")
    for path in pages:
        answer = phone.goto(f"{desk}{path}")
        assert answer is not None
        assert len(answer.body()) < 100_000, path
        assert serious(phone) == [], path
        assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        assert phone.locator("html").get_attribute("dir") == {"en": "ltr", "ar": "rtl"}[language]
    keep_picture(phone, f"desk-vehicle-{language}")


def test_the_desk_needs_no_script_and_no_mouse(browser: Browser, everything_up: Settings):
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{everything_up.api_url}/desk/sign-in")
    expect(page.locator("input[name=username]")).to_be_focused()
    page.keyboard.type("manager.ae")
    page.keyboard.press("Tab")
    page.keyboard.type(DEMO_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.type("AI100")  # over brand and sign-out to the look-up
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="AI-100-21")).to_be_visible()
    page.goto(f"{everything_up.api_url}/desk/documents/repair_orders/new")
    page.locator("summary").first.click()
    page.locator("input[name=vin]").fill("1")
    page.locator("form.card button.main").click()
    expect(page).to_have_url(re.compile("/new$"))  # the browser itself asks for what is required
    context.close()
