"""A run gives each outlet what it earned less what it was given, unit by unit; worked out by hand."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import asyncpg
import pytest

from operational_api.vin import check_digit
from tests.operational_api.conftest import fresh_key
from tests.operational_api.test_vehicle_life import PRODUCT

pytestmark = [pytest.mark.db, pytest.mark.anyio]

TIERS = [{"from_value": 2, "per_unit_minor": 100}, {"from_value": 4, "per_unit_minor": 150}]
POLICY = {"name": "Spring", "measure": "retail_units", "valid_from_date": "2026-01-01",
          "valid_to_date": "2026-06-30", "mode": "retroactive", "has_clawback": True, "currency": "AED",
          "tiers": TIERS}  # fmt: skip


@pytest.fixture
async def maker(walk: Any, network: None) -> Any:
    """Rebate accounts of both outlets."""
    for outlet in ("AE01", "SA01"):
        account = {"fund_type": "rebate", "earmark": "any", "currency": "AED", "outlet_id": outlet}
        walk.done(await walk.open("fay", "fund_accounts", f"R-{outlet}", **account))
    walk.done(await walk.open("pia", "products", "R1", **PRODUCT))
    walk.done(await walk.open("ann", "customer_records", "C1", customer_type="person", source="walk_in"))
    return walk


def vin(n: int) -> str:
    """A car of the maker; the ninth character is its check digit."""
    open_ = f"LFA{n:014d}"
    return open_[:8] + check_digit(open_) + open_[9:]


async def history(maker: Any, collection: str, lines: list[dict[str, Any]]) -> None:
    async with maker._as_user("ada") as http:
        answer = await http.post(
            f"/v1/{collection}/bulk?history=true",
            content="\n".join(map(json.dumps, lines)),
            headers={"Idempotency-Key": fresh_key()},
        )
    assert answer.json()["rejected"] == 0, answer.text


async def sold(
    maker: Any, owner: asyncpg.Connection, *numbers: int, outlet: str = "AE01", **more: Any
) -> None:
    """Car n is delivered on the n-th of March for 10,000 and audited."""
    car = {"product_id": "R1", "production_date": "2026-01-02"}
    cars = [{"action": "open", "key": vin(n), "state": "retailed", "data": car} for n in numbers]
    await history(maker, "vehicles", cars)
    deliveries = [
        {"action": "open", "key": f"D{n}", "outlet_id": outlet, "data": {
            "vin": vin(n), "customer_id": "C1", "delivered_date": f"2026-03-{n:02d}", "currency": "AED",
            "warranty_start_date": f"2026-03-{n:02d}", "odometer_km": 5, "price_minor": 10_000,
            "sales_channel": "retail"} | more}
        for n in numbers
    ]  # fmt: skip
    await history(maker, "retail_deliveries", deliveries)
    await owner.execute("update doc.retail_delivery set state = 'audited' where state = 'reported'")


async def active(maker: Any, key: str = "P", **more: Any) -> None:
    maker.done(await maker.open("fay", "rebate_policies", key, **POLICY | more))
    maker.done(await maker.move("fay", f"rebate_policies/{key}", "simulate"))
    maker.done(await maker.move("ada", f"rebate_policies/{key}", "approve"))
    maker.done(await maker.move("fay", f"rebate_policies/{key}", "activate"))


async def run(
    maker: Any, key: str, policy: str = "P", kind: str = "settlement", to: str = "2026-06-30"
) -> Any:
    data = {"rebate_policy_id": policy, "run_kind": kind, "to_date": to}
    maker.done(await maker.open("fay", "rebate_runs", key, **data))
    return await maker.move("fay", f"rebate_runs/{key}", "calculate")


async def payouts(maker: Any, run_id: str) -> dict[str, tuple[str, int, list[tuple[str, int]]]]:
    """Outlet: direction, amount, and the amount of each car by its number."""
    found = {}
    for payout in await maker.all("rebate_payouts"):
        data = payout["data"]
        if data["run_id"] == run_id:
            lines = sorted((x["subject_key"][-2:], x["amount_minor"]) for x in data["lines"])
            sign = 1 if data["direction"] == "payout" else -1
            assert sum(amount for _, amount in lines) == sign * data["amount_minor"]
            found[payout["outlet_id"]] = (data["direction"], data["amount_minor"], lines)
    return found


async def test_the_tier_that_is_reached_pays_for_all_and_a_second_run_deducts_the_first(
    maker: Any, owner: asyncpg.Connection
):
    """Three cars at 100; with five the tier of 150 holds for all: 750 - 300 = 450."""
    await active(maker)
    await sold(maker, owner, 1, 2, 3)
    first = maker.done(await run(maker, "A"))["data"]
    assert (first["amount_minor"], first["currency"]) == (300, "AED")
    assert await payouts(maker, "A") == {"AE01": ("payout", 300, [("01", 100), ("02", 100), ("03", 100)])}
    await sold(maker, owner, 4, 5)
    maker.done(await run(maker, "B"))
    assert await payouts(maker, "B") == {
        "AE01": ("payout", 450, [("01", 50), ("02", 50), ("03", 50), ("04", 150), ("05", 150)])
    }
    again = maker.done(await run(maker, "C"))["data"]
    assert (again["amount_minor"], again["outlets"][0]["earlier_minor"]) == (0, 750)
    assert await payouts(maker, "C") == {}


async def test_marginal_tiers_pay_each_for_the_units_that_lie_in_them(maker: Any, owner: asyncpg.Connection):
    """The first car earns nothing, the second and third 100, the fourth and fifth 150."""
    await active(maker, mode="marginal")
    await sold(maker, owner, 1, 2, 3, 4, 5)
    maker.done(await run(maker, "A"))
    lines = [("02", 100), ("03", 100), ("04", 150), ("05", 150)]
    assert await payouts(maker, "A") == {"AE01": ("payout", 500, lines)}


async def test_a_run_counts_to_its_day_and_a_share_of_the_price_only_in_the_currency_of_the_policy(
    maker: Any, owner: asyncpg.Connection
):
    """2.5 % of 10,000 is 250; the third car is later, the second was sold in riyal."""
    await active(maker, tiers=[{"from_value": 1, "percent": 2.5}])
    await sold(maker, owner, 1)
    await sold(maker, owner, 2, currency="SAR")
    await sold(maker, owner, 3)
    maker.done(await run(maker, "A", to="2026-03-02"))
    assert await payouts(maker, "A") == {"AE01": ("payout", 250, [("01", 250)])}


@pytest.mark.parametrize("has_clawback", [True, False])
async def test_a_returned_car_is_taken_back_where_the_policy_says_so(
    maker: Any, owner: asyncpg.Connection, has_clawback: bool
):
    await active(maker, has_clawback=has_clawback)
    await sold(maker, owner, 1, 2, 3)
    maker.done(await run(maker, "A"))
    maker.done(await maker.move("pia", "retail_deliveries/D3", "reverse"))
    maker.done(await run(maker, "B"))
    taken = {"AE01": ("clawback", 100, [("03", -100)])} if has_clawback else {}
    assert await payouts(maker, "B") == taken


async def test_what_is_proposed_is_reviewed_approved_by_another_and_posted_to_the_account(
    maker: Any, owner: asyncpg.Connection
):
    async def through(key: str) -> None:
        maker.done(await maker.move("fay", f"rebate_payouts/{key}", "review"))
        assert (await maker.move("fay", f"rebate_payouts/{key}", "approve")).status_code == 403
        maker.done(await maker.move("ada", f"rebate_payouts/{key}", "approve"))
        maker.done(await maker.move("fay", f"rebate_payouts/{key}", "pay"))

    async def balance() -> int:
        async with maker._as_user("ann") as http:
            items = (await http.get("/v1/funds")).json()["items"]
        return int(next(i for i in items if i["fund_account_id"] == "R-AE01")["available_minor"])

    await active(maker)
    await sold(maker, owner, 1, 2, 3)
    maker.done(await run(maker, "A"))
    await through("A.AE01")
    assert await balance() == 300
    maker.done(await maker.move("pia", "retail_deliveries/D3", "reverse"))
    maker.done(await run(maker, "B"))
    await through("B.AE01")
    assert await balance() == 200
    maker.done(await maker.move("fay", "rebate_payouts/B.AE01", "reverse", reverse_reason="car came back"))
    assert await balance() == 300
    assert await owner.fetch("select * from api.fund_faults()") == []


async def test_a_discarded_payout_is_proposed_again(maker: Any, owner: asyncpg.Connection):
    await active(maker)
    await sold(maker, owner, 1, 2)
    maker.done(await run(maker, "A"))
    maker.done(await maker.move("fay", "rebate_payouts/A.AE01", "discard"))
    maker.done(await run(maker, "B"))
    assert await payouts(maker, "B") == {"AE01": ("payout", 200, [("01", 100), ("02", 100)])}


async def test_two_runs_at_once_give_it_once(maker: Any, owner: asyncpg.Connection):
    await active(maker)
    await sold(maker, owner, 1, 2, 3)
    answers = await asyncio.gather(*(run(maker, key) for key in "ABCD"))
    assert [a.status_code for a in answers] == [200] * 4
    assert sorted(a.json()["data"]["amount_minor"] for a in answers) == [0, 0, 0, 300]


async def test_what_is_due_without_an_account_is_said_and_not_lost(maker: Any, owner: asyncpg.Connection):
    await active(maker, currency="SAR")
    await sold(maker, owner, 1, 2, outlet="SA01")
    found = maker.done(await run(maker, "A"))["data"]
    [outlet] = found["outlets"]
    assert (outlet["amount_minor"], outlet["earned_minor"]) == (0, 200)
    assert outlet["note"] == "no active rebate account in SAR: open one, and the next run proposes it"
    assert maker.done(await run(maker, "T", kind="simulation"))["data"]["amount_minor"] == 200
    account = {"fund_type": "rebate", "earmark": "any", "currency": "SAR", "outlet_id": "SA01"}
    maker.done(await maker.open("fay", "fund_accounts", "SAR", **account))
    assert maker.done(await run(maker, "B"))["data"]["amount_minor"] == 200


async def test_only_outlets_in_its_scope_and_only_active_policies_are_settled(
    maker: Any, owner: asyncpg.Connection
):
    await sold(maker, owner, 1, 2)
    await sold(maker, owner, 3, 4, outlet="SA01")
    maker.done(await maker.open("fay", "rebate_policies", "P", **POLICY | {"region_path": "MEA/GULF/SA"}))
    assert maker.refused(await run(maker, "A")) == "only an active policy is settled"
    trial = maker.done(await run(maker, "B", kind="simulation"))["data"]
    assert [(o["outlet_code"], o["amount_minor"]) for o in trial["outlets"]] == [("SA01", 200)]
    assert await maker.all("rebate_payouts") == []


async def test_a_measure_that_no_run_calculates_is_refused_at_the_door(maker: Any):
    answer = await maker.open("fay", "rebate_policies", "P", **POLICY | {"measure": "smiles"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "measure")


@pytest.mark.parametrize("measure", ["target_attainment", "satisfaction"])
async def test_a_rate_has_no_marginal_tiers(maker: Any, measure: str):
    answer = await maker.open(
        "fay", "rebate_policies", "P", **POLICY | {"measure": measure, "mode": "marginal"}
    )
    assert maker.refused(answer) == f"{measure} reaches one tier, and that pays for all"


async def targeted(maker: Any, month: str, units: int, **more: Any) -> None:
    target = {"target_month": month, "series": "S", "measure": "retail", "units": units} | more
    key = f"T-{month}-{target['series']}-{target['measure']}-{units}"
    maker.done(await maker.open("pia", "sales_targets", key, outlet_id="AE01", **target))
    maker.done(await maker.move("pia", f"sales_targets/{key}", "issue"))


async def test_attainment_of_the_targets_chooses_the_tier_that_pays_for_each_car(
    maker: Any, owner: asyncpg.Connection
):
    """Four of 3 + 2 cars are 80 %: 100 each. The wholesale target, April's and a draft do not count."""
    tiers = [{"from_value": 80, "per_unit_minor": 100}, {"from_value": 100, "per_unit_minor": 150}]
    await active(maker, measure="target_attainment", tiers=tiers, valid_to_date="2026-03-31")
    await targeted(maker, "2026-02-01", 3)
    await targeted(maker, "2026-03-01", 2)
    await targeted(maker, "2026-04-01", 50)
    await targeted(maker, "2026-03-01", 50, measure="wholesale")
    draft = {"target_month": "2026-01-01", "series": "S", "measure": "retail", "units": 50}
    maker.done(await maker.open("pia", "sales_targets", "DRAFT", outlet_id="AE01", **draft))
    await sold(maker, owner, 1, 2, 3, 4)
    found = maker.done(await run(maker, "A"))["data"]
    assert (found["amount_minor"], float(found["outlets"][0]["result"])) == (400, 80)
    await sold(maker, owner, 5)  # 100 %: 750 in all, 400 of it given
    assert maker.done(await run(maker, "B"))["data"]["amount_minor"] == 350


async def test_who_has_no_target_or_no_survey_reaches_no_tier_and_is_told(
    maker: Any, owner: asyncpg.Connection
):
    await sold(maker, owner, 1)
    tiers = [{"from_value": 0, "per_unit_minor": 100}]
    for key, measure, missing in (
        ("P", "target_attainment", "retail target in the period"), ("Q", "satisfaction", "answered survey"),
    ):  # fmt: skip
        await active(maker, key, measure=measure, tiers=tiers)
        [outlet] = maker.done(await run(maker, key, key))["data"]["outlets"]
        assert (outlet["earned_minor"], outlet["amount_minor"]) == (0, 0)
        assert outlet["note"] == f"no {missing}: without it no tier is reached"


async def test_the_mean_score_of_sales_and_service_surveys_chooses_the_tier(
    maker: Any, owner: asyncpg.Connection
):
    """9 and 8 are 8.5 on average; the test drive's 1 and the answer of July do not count."""
    tiers = [{"from_value": 8.5, "per_unit_minor": 70}, {"from_value": 8.6, "per_unit_minor": 900}]
    await active(maker, measure="satisfaction", tiers=tiers)
    await sold(maker, owner, 1, 2)
    answers = (("csi", 9, "2026-03-05"), ("ssi", 8, "2026-06-30"), ("test_drive", 1, "2026-03-05"),
               ("csi", 10, "2026-07-01"))  # fmt: skip
    for kind, score, day in answers:
        data = {"survey_kind": kind, "subject_document": "repair_order", "subject_key": "W", "channel": "web",
                "answered_at": f"{day}T09:00:00Z", "score": score}  # fmt: skip
        maker.done(await maker.open("ann", "survey_responses", f"S-{kind}-{day}", **data))
    assert maker.done(await run(maker, "A"))["data"]["amount_minor"] == 140


async def test_cars_count_as_wholesale_from_the_day_they_are_dispatched(
    maker: Any, owner: asyncpg.Connection
):
    """Two of March are paid 2 % of 10,000 each; the one still allocated and the one of July are not."""
    await active(maker, measure="wholesale_units", tiers=[{"from_value": 1, "percent": 2}])
    for n, state, day in ((1, "dispatched", "2026-03-01"), (2, "received", "2026-03-02"),
                          (3, "allocated", "2026-03-03"), (4, "dispatched", "2026-07-01")):  # fmt: skip
        car = {"product_id": "R1", "production_date": "2026-01-02"}
        await history(maker, "vehicles", [{"action": "open", "key": vin(n), "state": "built", "data": car}])
        order = {"order_type": "stock", "priority": 5, "product_id": "R1", "ordered_date": "2026-01-01",
                 "price_minor": 10_000, "currency": "AED", "wanted_date": "2026-03-01"}  # fmt: skip
        steps = [("submit", {}), ("check_funds", {}), ("approve", {}), ("allocate", {"vin": vin(n)})]
        steps += [("dispatch", {})] * (state != "allocated") + [("receive", {})] * (state == "received")
        at = f"{day}T09:00:00Z"
        lines = [{"action": "open", "key": f"O{n}", "outlet_id": "AE01", "at": at, "data": order}]
        lines += [
            {"action": a, "key": f"O{n}", "outlet_id": "AE01", "at": at, "by": f"by-{a}", "data": d}
            for a, d in steps
        ]
        await history(maker, "vehicle_orders", lines)
    maker.done(await run(maker, "A"))
    assert await payouts(maker, "A") == {"AE01": ("payout", 400, [("01", 200), ("02", 200)])}


@pytest.mark.parametrize(("mode", "each"), [("marginal", [6, 12]), ("retroactive", [12, 16])])
async def test_a_purchase_that_crosses_a_tier_is_split_at_it(
    maker: Any, owner: asyncpg.Connection, mode: str, each: list[int]
):
    """600, then 800: 1 % up to 1,000 and 2 % beyond. 400 x 1 % + 400 x 2 % = 12; 2 % of all: 12 and 16."""
    tiers = [{"from_value": 0, "percent": 1}, {"from_value": 1000, "percent": 2}]
    await active(maker, measure="parts_purchases", mode=mode, tiers=tiers)
    orders = [
        {"action": "open", "key": f"O0{n}", "outlet_id": "AE01", "data": {
            "order_type": "stock", "supplier_outlet_code": "SA01", "ordered_at": "2026-02-01T09:00:00Z",
            "received_at": f"2026-02-0{n}T09:00:00Z", "total_minor": total, "currency": "AED",
            "lines": [{"line_no": 1, "part_id": "P1", "quantity": 1, "unit_price_minor": total}]}}
        for n, total in ((1, 600), (2, 800))
    ]  # fmt: skip
    await history(maker, "parts_orders", orders)
    await owner.execute("update doc.parts_order set state = 'settled'")
    maker.done(await run(maker, "A"))
    lines = list(zip(("01", "02"), each, strict=True))
    assert await payouts(maker, "A") == {"AE01": ("payout", sum(each), lines)}
