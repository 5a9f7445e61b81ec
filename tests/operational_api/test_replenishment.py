"""A dealer's own system pulls suggestions, answers many at once, and follows the orders."""

from __future__ import annotations

from typing import Any

import httpx
import polars as pl
import pytest

from pipelines.snapshot import Draft
from tests.operational_api.desk_session import PASSWORD, Desk, desk, documents_of

__all__ = ["desk"]  # the same desk, reached by a dealer's own system
pytestmark = [pytest.mark.db, pytest.mark.anyio]
LIST = "/v1/replenishment/suggestions"


async def signed_in(desk: Desk, name: str) -> dict[str, str]:
    token = (await desk.http.post("/token", data={"username": name, "password": PASSWORD})).json()
    return {"Authorization": f"Bearer {token['access_token']}"}


async def rows_of(desk: Desk, headers: dict[str, str], **filters: Any) -> list[dict[str, Any]]:
    found = await desk.http.get(LIST, params={"order": "part_id", **filters}, headers=headers)
    return list(found.json()["rows"])


async def answer(
    desk: Desk,
    headers: dict[str, str],
    lines: list[dict[str, Any]],
    key: str = "k-1",
) -> httpx.Response:
    body = {"lines": lines}
    return await desk.http.post(
        "/v1/replenishment/decisions", json=body, headers={**headers, "Idempotency-Key": key}
    )


async def test_the_snapshot_is_the_tag_and_who_holds_it_gets_nothing_again(desk: Desk):
    headers = await signed_in(desk, "amal")
    first = await desk.http.get(LIST, headers=headers)
    assert first.headers["etag"] == f'"{first.headers["x-snapshot-id"]}"'
    again = await desk.http.get(LIST, headers={**headers, "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = await desk.http.get(LIST, headers={**headers, "If-None-Match": '"another"'})
    assert other.status_code == 200


async def test_a_kept_day_is_asked_for_by_its_date_and_an_unknown_one_says_so(desk: Desk):
    headers = await signed_in(desk, "amal")
    kept = await desk.http.get(LIST, params={"as_of": "2026-03-10"}, headers=headers)
    assert kept.status_code == 200
    unknown = await desk.http.get(LIST, params={"as_of": "2020-01-01"}, headers=headers)
    assert unknown.status_code == 404
    assert "GET /v1/snapshots" in unknown.json()["detail"]


async def test_rows_come_as_json_csv_and_xlsx(desk: Desk):
    headers = await signed_in(desk, "amal")
    for kind, start in (("csv", b"suggestion_id"), ("xlsx", b"PK")):
        found = await desk.http.get(LIST, params={"format": kind}, headers=headers)
        assert found.content.startswith(start)
        assert found.headers["etag"]


async def test_an_explanation_stands_alone_and_another_outlets_is_not_there(desk: Desk):
    amal, bela = await signed_in(desk, "amal"), await signed_in(desk, "bela")
    name = (await rows_of(desk, amal, verdict="suggested"))[0]["suggestion_id"]
    told = (await desk.http.get(f"{LIST}/{name}/explanation", headers=amal)).json()
    assert [s["step_no"] for s in told["explanation"]] == list(range(1, len(told["explanation"]) + 1))
    assert (await desk.http.get(f"{LIST}/{name}/explanation", headers=bela)).status_code == 404


async def test_good_lines_are_ordered_and_bad_ones_are_told_field_rule_and_remedy(desk: Desk):
    headers = await signed_in(desk, "amal")
    belt, cap, _, old, seal = await rows_of(desk, headers)
    lines = [
        {"suggestion_id": belt["suggestion_id"], "decision": "accept"},
        {"suggestion_id": cap["suggestion_id"], "decision": "edit", "quantity": 5, "reason": "too_much"},
        {"suggestion_id": old["suggestion_id"], "decision": "accept"},
        {"suggestion_id": seal["suggestion_id"], "decision": "accept"},
        {"suggestion_id": "nonsense", "decision": "accept"},
    ]
    told = (await answer(desk, headers, lines)).json()
    assert (told["received"], told["accepted"], told["rejected"]) == (5, 1, 4)
    rules = [line["errors"][0]["rule"] for line in told["lines"] if line["status"] == "rejected"]
    assert rules == ["whole_packs", "not_orderable", "price_missing", "current"]
    order = told["lines"][0]["parts_order_ids"]
    assert [o["parts_order_id"] for o in told["orders"]] == order
    (written,) = await documents_of(desk, "parts_orders")
    assert [line["quantity"] for line in written["data"]["lines"]] == [belt["quantity"]]
    (decision,) = await documents_of(desk, "suggestion_decisions")
    assert decision["data"]["decision"] == "accept"


async def test_the_same_key_again_is_one_order_and_another_content_is_refused(desk: Desk):
    headers = await signed_in(desk, "amal")
    belt, cap, *_ = await rows_of(desk, headers)
    lines = [{"suggestion_id": belt["suggestion_id"], "decision": "accept"}]
    first, again = await answer(desk, headers, lines), await answer(desk, headers, lines)
    assert first.json()["orders"] == again.json()["orders"]
    assert len(await documents_of(desk, "parts_orders")) == 1
    assert len(await documents_of(desk, "suggestion_decisions")) == 1
    other = [{"suggestion_id": cap["suggestion_id"], "decision": "accept"}]
    refused = await answer(desk, headers, [*lines, *other])
    assert refused.status_code == 422
    assert "already ordered something else" in refused.json()["detail"]


async def test_what_somebody_else_ordered_meanwhile_is_not_ordered_twice(desk: Desk):
    headers = await signed_in(desk, "amal")
    belt, *_ = await rows_of(desk, headers)
    lines = [{"suggestion_id": belt["suggestion_id"], "decision": "accept"}]
    await answer(desk, headers, lines, key="first")
    told = (await answer(desk, headers, lines, key="second")).json()
    assert told["lines"][0]["errors"][0]["rule"] == "already_ordered"
    assert len(await documents_of(desk, "parts_orders")) == 1


async def test_a_snooze_needs_one_of_the_lengths_and_a_decline_its_reason(desk: Desk):
    headers = await signed_in(desk, "amal")
    belt, cap, *_ = await rows_of(desk, headers)
    lines = [
        {"suggestion_id": belt["suggestion_id"], "decision": "snooze", "snooze_days": 9},
        {"suggestion_id": cap["suggestion_id"], "decision": "decline"},
    ]
    told = (await answer(desk, headers, lines)).json()
    assert [line["errors"][0]["field"] for line in told["lines"]] == ["snooze_days", "reason"]
    lines[0]["snooze_days"], lines[1]["reason"] = 14, "no_budget"
    told = (await answer(desk, headers, lines, key="k-2")).json()
    assert (told["accepted"], told["orders"]) == (2, [])
    by_kind = {d["data"]["decision"]: d["data"] for d in await documents_of(desk, "suggestion_decisions")}
    assert by_kind["decline"]["reason"] == "no_budget"
    assert by_kind["snooze"]["snooze_until_date"] > by_kind["snooze"]["decided_at"][:10]


async def test_an_order_is_followed_until_it_is_here_and_another_outlets_is_not_there(desk: Desk):
    amal, bela = await signed_in(desk, "amal"), await signed_in(desk, "bela")
    belt, *_ = await rows_of(desk, amal)
    told = (await answer(desk, amal, [{"suggestion_id": belt["suggestion_id"], "decision": "accept"}])).json()
    status = told["orders"][0]["status"]
    followed = (await desk.http.get(status, headers=amal)).json()
    assert followed["state"] == "submitted"
    assert followed["lines"] == [
        {"line_no": 1, "part_id": "BELT-1", "ordered": belt["quantity"], "shipped": 0, "received": 0,
         "owed": 0, "eta_date": None}
    ]  # fmt: skip
    assert (await desk.http.get(status, headers=bela)).status_code == 404


async def test_another_outlets_suggestion_is_not_in_the_list_of_this_one(desk: Desk):
    amal, bela = await signed_in(desk, "amal"), await signed_in(desk, "bela")
    theirs = (await rows_of(desk, bela))[0]["suggestion_id"]
    told = (await answer(desk, amal, [{"suggestion_id": theirs, "decision": "accept"}])).json()
    assert told["lines"][0]["errors"][0]["rule"] == "current"
    rana = await signed_in(desk, "rana")
    assert (await answer(desk, rana, [{"suggestion_id": theirs, "decision": "accept"}])).status_code == 403


async def test_a_line_of_a_waiting_customer_goes_by_urgent_order_and_the_rest_by_stock_order(
    desk: Desk,
):
    settings = desk.app.state.settings
    headers = await signed_in(desk, "amal")
    belt, *_ = await rows_of(desk, headers)
    snapshot = settings.snapshots_dir / "current"
    frame = pl.read_parquet(snapshot / "mart_replenishment_suggestion.parquet")
    draft = Draft(settings.snapshots_dir)
    is_belt = pl.col("suggestion_id") == belt["suggestion_id"]
    draft.add(
        "mart_replenishment_suggestion",
        frame.with_columns(
            urgent_quantity=pl.when(is_belt).then(4).otherwise(0),
            waiting_units=pl.when(is_belt).then(3).otherwise(0),
        ),
    )
    draft.publish(as_of_date=frame["as_of_date"][0], code_version="2", feed={"epoch": "e", "hi": 9})
    told = (
        await answer(desk, headers, [{"suggestion_id": belt["suggestion_id"], "decision": "accept"}])
    ).json()
    orders = {
        o["data"]["order_type"]: o["data"]["lines"][0]["quantity"]
        for o in await documents_of(desk, "parts_orders")
    }
    assert orders == {"urgent": 4, "stock": belt["quantity"] - 4}
    assert len(told["lines"][0]["parts_order_ids"]) == 2


async def test_a_line_is_refused_in_the_language_of_the_system_that_sent_it(desk: Desk):
    """The rule is a code that a system goes by; what to do about it is said to a person."""
    headers = {**await signed_in(desk, "amal"), "Accept-Language": "zh"}
    told = await answer(desk, headers, [{"suggestion_id": "gone", "decision": "accept"}])
    assert told.headers["content-language"] == "zh"
    (error,) = told.json()["lines"][0]["errors"]
    assert (error["rule"], error["remedy"]) == ("current", "请重新获取清单：其中没有此项")
