"""One request at a parts counter travels all the way to an order, and the order comes back.

A shop of two outlets with two years of one part: small enough to count by hand, run for real.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

import httpx
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from forecasting.explain import recompute
from pipelines import ports, postgres, services
from pipelines.logins import Place, add_person
from pipelines.settings import Settings, read_settings
from pipelines.snapshot import open_snapshot

pytestmark = [pytest.mark.flow, pytest.mark.timeout(900)]

PASSWORD = "one-day-only-7"
MONTHS = [date(2024 + (5 + n) // 12, (5 + n) % 12 + 1, 1) for n in range(24)]  # June 2024 to May 2026
TODAY = date(2026, 6, 10)


@dataclass(frozen=True)
class Shop:
    settings: Settings
    dms: Callable[..., str]

    def client(self, user: str) -> httpx.Client:
        url = self.settings.api_url
        answer = httpx.post(f"{url}/token", data={"username": user, "password": PASSWORD}).raise_for_status()
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return httpx.Client(base_url=url, headers=headers, timeout=60)

    def run(self, *arguments: str) -> dict[str, object]:
        last = self.dms(self.settings, "run", "--as-of", TODAY.isoformat(), "--json", *arguments)
        return json.loads(last.strip().splitlines()[-1])

    def table(self, name: str) -> pl.DataFrame:
        return open_snapshot(self.settings.snapshots_dir).read(name)

    def suggestion(self, user: str) -> dict[str, object]:
        with self.client(user) as client:
            found = client.get("/v1/replenishment/suggestions", params={"part_id": "BRAKE-PAD"})
        rows = found.raise_for_status().json()["rows"]
        assert len(rows) == 1, f"{user} sees one outlet"
        return rows[0]


@pytest.fixture(scope="module")
def shop(dms: Callable[..., str]) -> Iterator[Shop]:
    folder = Path(tempfile.mkdtemp(prefix="dms-day-"))
    folder.chmod(0o711)  # the database's user comes here
    free = {f"DMS_{name}_PORT": str(ports.free_port()) for name in ("API", "DAGSTER", "APPS")}
    settings = read_settings({"DMS_DATA_DIR": str(folder), **free})
    try:
        with services.api(settings):
            opened = Shop(settings, dms)
            _hire(settings)
            _open_shop(opened)
            yield opened
    finally:
        postgres.drop_cluster(settings)
        shutil.rmtree(folder)


def _hire(settings: Settings) -> None:
    add_person(settings, "admin", PASSWORD, role="admin", positions=[], place=Place())
    for outlet in ("D1", "D2"):
        place = Place(outlets=(outlet,))
        add_person(
            settings, f"parts.{outlet}", PASSWORD, role="dealer_staff", positions=["parts"], place=place
        )


def _open_shop(shop: Shop) -> None:
    """Masters, then ten requests of one unit a month at each outlet, all filled; ten units are left."""
    with shop.client("admin") as admin:
        for outlet, kind in (("W", "central_warehouse"), ("D1", "dealer"), ("D2", "dealer")):
            _load(admin, "outlets", [_outlet(outlet, kind)])
        _load(admin, "parts", [_part()])
        _load(admin, "part_prices", [_price()])
        for outlet in ("D1", "D2"):
            _load(admin, "part_demands", [_request(outlet, month, n) for month in MONTHS for n in range(10)])
            _load(admin, "parts_stock_moves", list(_moves(outlet)))


def _load(client: httpx.Client, collection: str, lines: list[dict[str, object]]) -> None:
    answer = client.post(
        f"/v1/{collection}/bulk",
        content="\n".join(json.dumps(line) for line in lines),
        headers={
            "Idempotency-Key": f"{collection}-{lines[0]['key']}",
            "Content-Type": "application/x-ndjson",
        },
    ).raise_for_status()
    assert answer.json()["accepted"] == len(lines), answer.text


def _outlet(code: str, kind: str) -> dict[str, object]:
    data = {
        "name": code, "legal_entity": code, "outlet_kind": kind, "market": "AE",
        "region_path": "MEA/GULF/AE", "city": "Dubai", "timezone": "Asia/Dubai", "currency": "AED",
        "language": "en", "opened_date": "2020-01-01", "lead_time_days": 14, "review_days": 7,
    }  # fmt: skip
    if kind == "dealer":
        data["supplier_outlet_code"] = "W"
    return {"action": "open", "key": code, "data": data}


def _part() -> dict[str, object]:
    data = {
        "part_no": "BRAKE-PAD", "description": "Brake pad set", "category": "wear", "criticality": "vital",
        "pack_size": 4, "minimum_quantity": 4, "is_returnable": True,
    }  # fmt: skip
    return {"action": "open", "key": "BRAKE-PAD", "state": "active", "data": data}


def _price() -> dict[str, object]:
    data = {
        "part_id": "BRAKE-PAD", "market": "AE", "price_type": "dealer_net", "price_minor": 12_500,
        "currency": "AED", "valid_from_date": "2024-01-01",
    }  # fmt: skip
    return {"action": "open", "key": "BRAKE-PAD-AE", "data": data}


def _at(month: date, number: int) -> str:
    return datetime.combine(month.replace(day=2 + 2 * number), time(8), UTC).isoformat()


def _request(outlet: str, month: date, number: int) -> dict[str, object]:
    data = {
        "part_id": "BRAKE-PAD", "quantity": 1, "filled_quantity": 1, "channel": "counter",
        "demanded_at": _at(month, number),
    }  # fmt: skip
    return {
        "action": "open", "key": f"{outlet}-{month}-{number}", "outlet_id": outlet, "state": "filled",
        "data": data,
    }  # fmt: skip


def _moves(outlet: str) -> Iterator[dict[str, object]]:
    yield _move(outlet, "opening", 250, datetime(2024, 5, 31, 8, tzinfo=UTC).isoformat())
    for month in MONTHS:
        for number in range(10):
            yield _move(outlet, f"{month}-{number}", -1, _at(month, number))


def _move(outlet: str, name: str, quantity: int, moved_at: str) -> dict[str, object]:
    data = {
        "part_id": "BRAKE-PAD", "quantity": quantity, "moved_at": moved_at,
        "move_type": "opening" if quantity > 0 else "counter_sale",
    }  # fmt: skip
    return {"action": "open", "key": f"{outlet}-move-{name}", "outlet_id": outlet, "data": data}


def _ask_at_the_counter(shop: Shop) -> str:
    """A customer of D1 asks for six sets, takes the back-order of all; answers the key."""
    body = {
        "data": {
            "part_id": "BRAKE-PAD", "quantity": 6, "filled_quantity": 0, "backordered_quantity": 6,
            "channel": "counter", "demanded_at": "2026-06-09T09:00:00Z",
        },
    }  # fmt: skip
    with shop.client("parts.D1") as clerk:
        answer = clerk.post("/v1/part_demands", json=body, headers={"Idempotency-Key": "counter-1"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


def _order(shop: Shop, suggestion: dict[str, object]) -> None:
    line = {
        "line_no": 1, "part_id": "BRAKE-PAD", "quantity": suggestion["quantity"], "unit_price_minor": 12_500,
        "suggestion_id": suggestion["suggestion_id"],
    }  # fmt: skip
    body = {
        "state": "submitted",
        "data": {
            "order_type": "stock", "supplier_outlet_code": "W", "ordered_at": "2026-06-10T07:00:00Z",
            "total_minor": suggestion["line_total_minor"], "currency": "AED", "lines": [line],
        },
    }  # fmt: skip
    with shop.client("parts.D1") as clerk:
        for _ in range(2):  # the link dropped, the form was sent again
            answer = clerk.post("/v1/parts_orders", json=body, headers={"Idempotency-Key": "order-1"})
            assert answer.status_code == 201, answer.text
        assert len(clerk.get("/v1/parts_orders").json()["items"]) == 1


def test_a_request_at_the_counter_becomes_a_suggestion_an_order_and_a_lower_suggestion(shop: Shop) -> None:
    first = shop.run()
    assert first["read"] == first["accepted"] == 3 + 1 + 1 + 2 * (240 + 241)
    quiet = shop.suggestion("parts.D1")
    assert (quiet["on_hand"], quiet["backordered"], quiet["position"]) == (10, 0, 10)

    _ask_at_the_counter(shop)
    second = shop.run()
    assert second["read"] == 1
    asked = shop.suggestion("parts.D1")
    # six units are owed, and nothing else happened: the position fell by six, the target stood
    assert (asked["backordered"], asked["position"]) == (6, 4)
    assert asked["order_up_to"] == quiet["order_up_to"]
    need = int(float(str(asked["order_up_to"]))) - 4
    assert asked["verdict"] == "suggested"
    assert asked["quantity"] == -(-need // 4) * 4  # packs of four
    assert shop.suggestion("parts.D2")["position"] == 10

    _order(shop, asked)
    shop.run()
    ordered = shop.suggestion("parts.D1")
    assert ordered["on_order"] == asked["quantity"]
    assert (ordered["verdict"], ordered["quantity"]) == ("enough_stock", 0)


def test_the_quantity_can_be_recomputed_from_its_explanation_alone(shop: Shop) -> None:
    _published(shop)
    judged = shop.table("mart_replenishment_suggestion")
    stated = judged.filter(pl.col("quantity") > 0)
    # the steps of what goes back stand in the same table and follow another rule
    steps = shop.table("mart_suggestion_explain").join(judged, on="suggestion_id", how="semi")
    again = recompute(steps)
    both = stated.select("suggestion_id", "quantity").join(again, on="suggestion_id", suffix="_again")
    assert both.height == stated.height > 0
    assert both["quantity"].to_list() == both["quantity_again"].to_list()


def test_another_outlet_sees_neither_the_request_nor_the_suggestion(shop: Shop) -> None:
    _published(shop)
    key = _ask_at_the_counter(shop)
    mine = shop.suggestion("parts.D1")["suggestion_id"]
    with shop.client("parts.D2") as other:
        assert other.get(f"/v1/part_demands/{key}").status_code == 404
        assert other.get(f"/v1/replenishment/suggestions/{mine}").status_code == 404


def test_the_same_run_twice_does_nothing_and_a_forced_one_builds_equal_marts(shop: Shop) -> None:
    shop.run()
    before = {name: shop.table(name) for name in open_snapshot(shop.settings.snapshots_dir).manifest.tables}
    assert shop.run()["is_new"] is False
    assert shop.run("--force")["is_new"] is True
    for name, table in before.items():
        assert_frame_equal(table, shop.table(name), check_row_order=False)


def _published(shop: Shop) -> None:
    if not (shop.settings.snapshots_dir / "current").exists():
        shop.run()
