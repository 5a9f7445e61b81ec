"""The desk as a parts manager uses it: sign in, see why, edit, decline, order once."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from operational_api.desk.language import LANGUAGES
from pipelines.settings import Settings
from pipelines.snapshot import Draft
from tests.operational_api.desk_session import (
    PASSWORD,
    Desk,
    desk,
    documents_of,
    form_of,
    named,
    orders_of,
    publish,
    publish_terms,
)

__all__ = ["desk"]
pytestmark = [pytest.mark.db, pytest.mark.anyio]


async def test_a_link_that_fills_a_form_in_still_does_after_signing_in(desk: Desk):
    page = await desk.http.get("/desk/documents/repair_orders/new?vin=FZ0AR10C0RVAA0001&odometer_km=12")
    way = page.url.params["next"]
    assert way == "/desk/documents/repair_orders/new?vin=FZ0AR10C0RVAA0001&odometer_km=12"


async def test_a_stranger_is_asked_to_sign_in_and_a_wrong_password_is_refused(desk: Desk):
    page = await desk.http.get("/desk/suggestions")
    assert str(page.url).endswith("/desk/sign-in?next=/desk/suggestions")
    refused = await desk.http.post("/desk/sign-in", data={"username": "amal", "password": "no"})
    assert refused.status_code == 401
    assert "Name or password is wrong." in refused.text


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(desk: Desk):
    answer = await desk.http.post(
        "/desk/sign-in",
        data={"username": "amal", "password": PASSWORD, "next": "https://evil.example/desk"},
        follow_redirects=False,
    )
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert answer.headers["location"] == "/desk"


async def test_a_parts_manager_sees_the_own_outlet_why_and_what_is_blocked(desk: Desk):
    await desk.sign_in("amal")
    page = (await desk.http.get("/desk/suggestions")).text
    assert "AE01" in page
    assert "AE02" not in page
    assert "Sells 1.0 a day" in page
    assert "Price missing: this line is blocked." in page
    assert "As of Mar 10, 2026" in page


async def test_another_outlets_suggestion_and_order_do_not_exist(desk: Desk):
    await desk.sign_in("bela")
    form = await desk.basket()
    done = await desk.http.post("/desk/suggestions", data=form)
    order = re.search(r"PO-[0-9A-F]+", done.text)
    assert order
    await desk.sign_in("amal")
    assert (await desk.http.get(f"/desk/suggestions/{form['line'][0]}")).status_code == 404
    assert (await desk.http.get(f"/desk/documents/parts_orders/{order[0]}")).status_code == 404
    assert (await desk.http.get(f"/desk/ordered?order={order[0]}")).status_code == 404


async def test_edit_decline_and_the_rest_become_one_order_however_often_it_is_sent(desk: Desk):
    await desk.sign_in("amal")
    page = (await desk.http.get("/desk/suggestions")).text
    form, belt, cap = form_of(page), named(page, "BELT-1"), named(page, "CAP-2")
    form |= {f"q.{belt}": "8", f"r.{belt}": "too_much", f"d.{cap}": "on", f"r.{cap}": "no_space"}
    first = await desk.http.post("/desk/suggestions", data=form)
    again = await desk.http.post("/desk/suggestions", data=form)
    assert first.status_code == again.status_code == 200
    assert str(first.url) == str(again.url)
    (order,) = await orders_of(desk)
    assert (order["state"], order["data"]["total_minor"]) == ("submitted", 8 * 250)
    assert [(x["part_id"], x["quantity"]) for x in order["data"]["lines"]] == [("BELT-1", 8)]
    told = {d["data"]["part_id"]: d["data"] for d in await documents_of(desk, "suggestion_decisions")}
    assert {p: d["decision"] for p, d in told.items()} == {"BELT-1": "edit", "CAP-2": "decline"}
    assert told["BELT-1"]["parts_order_id"] == order["key"]
    assert told["CAP-2"]["reason"] == "no_space"


async def test_a_crash_between_order_and_decisions_is_made_good_by_the_retry(desk: Desk, monkeypatch):
    await desk.sign_in("amal")
    form = await desk.basket()
    from operational_api.desk.api import Api

    async def broken(*_a: object, **_k: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as cut:
        cut.setattr(Api, "open_many", broken)
        with pytest.raises(RuntimeError):
            await desk.http.post("/desk/suggestions", data=form)
    assert await documents_of(desk, "suggestion_decisions") == []
    await desk.http.post("/desk/suggestions", data=form)
    assert len(await orders_of(desk)) == 1
    assert len(await documents_of(desk, "suggestion_decisions")) == 2


async def test_what_was_ordered_after_the_snapshot_is_shown_and_not_offered_again(desk: Desk):
    await desk.sign_in("amal")
    page = (await desk.http.get("/desk/suggestions")).text
    cap = named(page, "CAP-2")
    await desk.http.post(
        "/desk/suggestions", data={**form_of(page), f"d.{cap}": "on", f"r.{cap}": "no_space"}
    )
    page = (await desk.http.get("/desk/suggestions")).text
    assert "1 line already ordered" in page
    assert "1 line declined" in page
    assert "line" not in form_of(page)


async def test_two_people_with_the_same_list_open_order_each_line_once(desk: Desk):
    await desk.sign_in("amal")
    mine, theirs = await desk.basket(), await desk.basket()
    await desk.http.post("/desk/suggestions", data=mine)
    second = await desk.http.post("/desk/suggestions", data=theirs)
    assert second.status_code == 409
    assert "ordered by somebody else meanwhile" in second.text
    assert len(await orders_of(desk)) == 1


async def test_a_wrong_quantity_orders_nothing_and_keeps_what_was_typed(desk: Desk):
    await desk.sign_in("amal")
    page = (await desk.http.get("/desk/suggestions")).text
    form, belt, cap = form_of(page), named(page, "BELT-1"), named(page, "CAP-2")
    form |= {f"q.{belt}": "5", f"d.{cap}": "on"}
    answer = await desk.http.post("/desk/suggestions", data=form)
    assert answer.status_code == 422
    assert "Order whole packs." in answer.text
    assert "Say why you decline." in answer.text
    assert form_of(answer.text)[f"q.{belt}"] == "5"
    assert form_of(answer.text)["key"] == form["key"]
    assert await orders_of(desk) == []


async def test_a_part_nobody_suggested_can_be_added_and_a_replaced_one_names_its_successor(desk: Desk):
    await desk.sign_in("amal")
    form = await desk.basket()
    page = await desk.http.post("/desk/suggestions", data={**form, "add": "1", "add_part": "oil-3"})
    added = form_of(page.text)
    assert len(added["line"]) == 3
    await desk.http.post("/desk/suggestions", data=added)
    (order,) = await orders_of(desk)
    assert ("OIL-3", 4) in [(x["part_id"], x["quantity"]) for x in order["data"]["lines"]]
    old = await desk.http.post("/desk/suggestions", data={**form, "add": "1", "add_part": "OLD-4"})
    assert "Replaced by NEW-4" in old.text


async def test_a_replaced_number_leads_to_its_successor_in_one_press(desk: Desk):
    await desk.sign_in("amal")
    page = (await desk.http.get("/desk/suggestions?tab=all&q=OLD-4")).text
    assert 'href="/desk/suggestions?tab=all&amp;outlet=AE01&amp;q=NEW-4"' in page


async def test_a_draft_is_shared_kept_by_version_and_submitted_by_a_colleague(desk: Desk):
    await desk.sign_in("amal")
    form = await desk.basket()
    await desk.http.post("/desk/suggestions", data={**form, "draft": "1"})
    (draft,) = await orders_of(desk)
    assert draft["state"] == "draft"
    assert (
        form_of((await desk.http.get("/desk/suggestions")).text).get("line", []) == []
    )  # nobody orders it again
    token = (await desk.http.post("/token", data={"username": "mona", "password": PASSWORD})).json()
    headers = {"Authorization": f"Bearer {token['access_token']}", "If-Match": f'"{draft["version"]}"'}
    path = f"/v1/parts_orders/{draft['key']}"
    lines = [draft["data"]["lines"][0]]
    total = lines[0]["quantity"] * lines[0]["unit_price_minor"]
    change = {"data": {"lines": lines, "total_minor": total}}
    amended = await desk.http.patch(path, json=change, headers=headers)
    assert amended.status_code == 200, amended.text
    assert (
        await desk.http.patch(path, json=change, headers=headers)
    ).status_code == 412  # what amal still sees
    newest = {**headers, "If-Match": f'"{amended.json()["version"]}"'}
    sent = await desk.http.post(f"{path}/submit", json={"data": {}}, headers=newest)
    assert (sent.status_code, sent.json()["state"]) == (200, "submitted")


async def test_a_newer_list_published_meanwhile_is_shown_before_anything_is_ordered(
    desk: Desk, settings: Settings
):
    await desk.sign_in("amal")
    page = (await desk.http.get("/desk/suggestions")).text
    form, cap = form_of(page), named(page, "CAP-2")
    publish(settings, on_hand=9)
    answer = await desk.http.post("/desk/suggestions", data={**form, f"q.{cap}": "40"})
    assert answer.status_code == 409
    assert "A newer list was published" in answer.text
    assert form_of(answer.text)[f"q.{cap}"] == "40"
    assert await orders_of(desk) == []


async def test_a_form_that_another_site_could_have_made_is_refused(desk: Desk):
    await desk.sign_in("amal")
    form = {**await desk.basket(), "token": "0" * 32}
    assert (await desk.http.post("/desk/suggestions", data=form)).status_code == 403
    assert await orders_of(desk) == []


async def test_why_not_is_answered_for_any_part_and_why_shows_every_step(desk: Desk):
    await desk.sign_in("amal")
    found = (await desk.http.get("/desk/suggestions?tab=all&q=oil")).text
    assert "enough, need 0." in found
    assert "BELT-1" not in found
    belt = named((await desk.http.get("/desk/suggestions")).text, "BELT-1")
    why = (await desk.http.get(f"/desk/suggestions/{belt}")).text
    assert "demand month" in why
    assert "service level" in why
    assert "9 requests" in why


async def test_a_download_holds_the_own_outlet_alone(desk: Desk):
    await desk.sign_in("amal")
    sheet = await desk.http.get("/desk/export/suggestions.csv")
    assert sheet.headers["content-type"].startswith("text/csv")
    rows = pl.read_csv(sheet.content)
    assert rows["outlet_id"].unique().to_list() == ["AE01"]
    assert rows["verdict"].null_count() == 0
    others = await desk.http.get("/desk/export/suggestions.csv?outlet=AE02")
    assert pl.read_csv(others.content).is_empty()


async def test_names_from_the_catalogue_cannot_become_markup(desk: Desk):
    await desk.sign_in("amal")
    for path in ("/desk/suggestions", "/desk/suggestions?tab=all", "/desk/documents/parts/OIL-3"):
        page = (await desk.http.get(path)).text
        assert "<b>bold</b>" not in page
        assert "&lt;b&gt;bold" in page


async def test_every_page_weighs_less_than_100_kb_and_lets_nothing_foreign_in(desk: Desk):
    await desk.sign_in("amal")
    belt = (await desk.basket())["line"][0]
    paths = [
        "",
        "/suggestions",
        "/suggestions?tab=all",
        f"/suggestions/{belt}",
        "/documents/parts_orders/new",
    ]
    for path in [*paths, "/documents/outlets", "/static/desk.css"]:
        answer = await desk.http.get(f"/desk{path}")
        assert answer.status_code == 200, path
        assert len(answer.content) < 100_000
    assert "default-src 'self'" in (await desk.http.get("/desk")).headers["content-security-policy"]


async def test_arabic_runs_from_right_to_left_in_its_own_words(desk: Desk):
    await desk.sign_in("amal")
    page = (await desk.http.get("/desk/language/ar?back=/desk/suggestions")).text
    assert '<html lang="ar" dir="rtl">' in page
    assert "ما يجب طلبه اليوم" in page
    assert "What to order today" not in page


async def test_a_document_is_opened_and_moved_with_forms_read_off_its_declaration(desk: Desk):
    await desk.sign_in("amal")
    page = (await desk.http.get("/desk/documents/parts_orders/new")).text
    assert "Warehouse ordered from." in page
    form = {k: v for k, v in form_of(page).items() if k in {"token", "form_key"}}
    form |= {"order_type": "urgent", "supplier_outlet_code": "WH1", "ordered_at": "2026-03-10T08:00"}
    form |= {"total_minor": "500", "currency": "AED", "header.state": "draft", "lines.0.line_no": "1"}
    form |= {"lines.0.part_id": "OIL-3", "lines.0.quantity": "2", "lines.0.unit_price_minor": "250"}
    wrong = await desk.http.post("/desk/documents/parts_orders/new", data={**form, "currency": "XXQ"})
    assert wrong.status_code == 422
    assert 'aria-invalid="true" aria-describedby="e.currency"' in wrong.text
    desk.http.cookies.set("dms_language", "zh")
    said = await desk.http.post("/desk/documents/parts_orders/new", data={**form, "currency": "XXQ"})
    assert "ISO 4217 货币代码：三个大写字母" in said.text
    assert "three capital letters" not in said.text
    desk.http.cookies.delete("dms_language")
    opened_page = await desk.http.post("/desk/documents/parts_orders/new", data=form)
    assert opened_page.status_code == 200, opened_page.text
    moves = {"token": form["token"], "version": "1"}
    moved = await desk.http.post(f"{opened_page.url}/submit", data=moves)
    assert moved.status_code == 200
    assert "submitted" in moved.text
    stale = await desk.http.post(f"{opened_page.url}/submit", data=moves)
    assert stale.status_code in {409, 412}
    assert "Somebody changed this meanwhile." in stale.text


async def test_a_page_that_a_role_may_not_have_does_not_exist_for_it(desk: Desk):
    await desk.sign_in("amal")
    assert (await desk.http.get("/desk/documents/leads")).status_code == 404
    assert "leads" not in (await desk.http.get("/desk")).text


async def test_a_regional_manager_chooses_an_outlet_and_may_look_but_not_order(desk: Desk):
    await desk.sign_in("rana")
    assert "/desk/suggestions?outlet=AE02" in (await desk.http.get("/desk/suggestions")).text
    page = (await desk.http.get("/desk/suggestions?outlet=AE02")).text
    assert "Sells 1.0 a day" in page
    assert "Your role may look but not order." in page
    assert "line" not in form_of(page)
    refused = await desk.http.post("/desk/suggestions", data={**form_of(page), "key": "0" * 32})
    assert refused.status_code == 422
    assert await orders_of(desk, "AE02") == []


async def test_an_old_list_says_how_old_it_is(desk: Desk, settings: Settings):
    publish(settings, created_at=datetime.now(UTC) - timedelta(hours=30))
    await desk.sign_in("amal")
    assert "this list is 30 hours old" in (await desk.http.get("/desk/suggestions")).text


async def test_a_covered_store_and_one_before_the_first_run_say_so(desk: Desk, settings: Settings):
    await desk.sign_in("amal")
    publish(settings, on_hand=999, others=999)
    assert "every part is covered" in (await desk.http.get("/desk/suggestions")).text
    shutil.rmtree(settings.snapshots_dir)
    page = await desk.http.get("/desk/suggestions")
    assert page.status_code == 503
    assert "Nothing is published yet." in page.text


async def test_a_snoozed_part_waits_in_its_own_list_until_its_day(desk: Desk):
    await desk.sign_in("amal")
    form = await desk.basket()
    belt = named((await desk.http.get("/desk/suggestions")).text, "BELT-1")
    for name in form["line"]:
        if name != belt:
            form[f"d.{name}"], form[f"r.{name}"] = "on", "no_space"
    form[f"z.{belt}"] = "14"
    done = await desk.http.post("/desk/suggestions", data=form)
    assert "Answer kept, nothing ordered" in done.text
    assert await orders_of(desk) == []
    said = {
        d["data"]["part_id"]: d["data"]["decision"] for d in await documents_of(desk, "suggestion_decisions")
    }
    assert said["BELT-1"] == "snooze"
    assert "BELT-1" not in (await desk.http.get("/desk/suggestions?tab=recommended")).text
    page = (await desk.http.get("/desk/suggestions?tab=snoozed")).text
    assert "BELT-1" in page
    assert "Snoozed until" in page


async def test_without_order_terms_and_returns_the_page_says_nothing_of_them(desk: Desk):
    await desk.sign_in("amal")
    page = (await desk.http.get("/desk/suggestions")).text
    assert "Order until" not in page
    assert "<meter" not in page
    assert (await desk.http.get("/desk/outcomes")).status_code == 200


async def test_the_head_says_until_when_what_is_left_and_what_is_missing(desk: Desk):
    publish_terms(desk.app.state.settings)
    await desk.sign_in("amal")
    page = (await desk.http.get("/desk/suggestions")).text
    assert "Order until 3/12/99" in page
    assert "Asia/Dubai" in page
    assert "Budget of the month: AED50.00 of AED90.00 left" in page
    assert "more than is left." in page
    assert "to the least order value" in page


async def test_a_return_is_asked_for_once_and_then_is_no_longer_offered(desk: Desk):
    publish_terms(desk.app.state.settings)
    await desk.sign_in("amal")
    page = (await desk.http.get("/desk/returns")).text
    assert "999 on hand - 0 reserved - 40 kept for a year or the target = 959 too many" in page
    assert "its return protection is over." in page
    form = form_of(page) | {"b.r1": "on"}
    first = await desk.http.post("/desk/returns", data=form)
    again = await desk.http.post("/desk/returns", data=form)
    assert (first.status_code, again.status_code) == (200, 200)
    (asked,) = await documents_of(desk, "parts_returns")
    assert [(r["part_id"], r["quantity"], r["unit_price_minor"]) for r in asked["data"]["lines"]] == [
        ("OIL-3", 100, 250)
    ]
    page = (await desk.http.get("/desk/returns")).text
    assert "Return asked for" in page
    assert 'name="b.r1"' not in page
    empty = await desk.http.post("/desk/returns", data=form_of(page))
    assert empty.status_code == 422


async def test_what_came_of_the_answers_is_told_with_its_counts(desk: Desk):
    publish_terms(desk.app.state.settings)
    await desk.sign_in("amal")
    page = (await desk.http.get("/desk/outcomes")).text
    assert "no budget" in page
    assert re.search(r'<td class="n">2 <small>25 %</small>', page)


async def test_a_page_of_a_thousand_lines_stays_below_a_hundred_kilobytes_in_every_language(desk: Desk):
    settings = desk.app.state.settings
    frame = pl.read_parquet(settings.snapshots_dir / "current" / "mart_replenishment_suggestion.parquet")
    one = frame.filter(part_id="BELT-1", outlet_id="AE01")
    many = pl.concat([one] * 1000).with_columns(
        suggestion_id=pl.format("{}{}", pl.lit("0" * 16), pl.int_range(1000, 2000)),
        part_id=pl.format("PART-{}", pl.int_range(1000, 2000)),
        waiting_units=pl.lit(0),
    )
    draft = Draft(settings.snapshots_dir)
    draft.add("mart_replenishment_suggestion", many)
    draft.publish(as_of_date=date(2026, 3, 10), code_version="1", feed={"epoch": "e", "hi": 99})
    await desk.sign_in("amal")
    for code in LANGUAGES:
        desk.http.cookies.set("dms_language", code)
        page = await desk.http.get("/desk/suggestions?offset=30")
        assert page.text.count("<article") == 30
        assert len(page.content) < 100_000, code
