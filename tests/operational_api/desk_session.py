"""A desk to test at: outlets, parts and staff, and a list of the engine's own suggestions for two outlets."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg
import httpx
import polars as pl
import pytest
from fastapi import FastAPI

from forecasting.replenishment import suggest
from operational_api.accounts import create_account
from operational_api.app import create_app
from operational_api.document import Grant
from pipelines.settings import Settings
from pipelines.snapshot import Draft

PASSWORD = "correct horse battery"
PARTS = ["BELT-1", "CAP-2", "OIL-3", "OLD-4", "SEAL-5"]


@dataclass
class Desk:
    """A browser that keeps cookies and follows redirects, and nothing else."""

    app: FastAPI
    http: httpx.AsyncClient

    async def sign_in(self, name: str) -> httpx.Response:
        return await self.http.post("/desk/sign-in", data={"username": name, "password": PASSWORD})

    async def basket(self, path: str = "/desk/suggestions") -> dict[str, Any]:
        """The form of the page as a browser would send it untouched."""
        page = (await self.http.get(path)).text
        return form_of(page)


def form_of(page: str) -> dict[str, Any]:
    form: dict[str, Any] = {}
    names = re.findall(r'<input type="(?:hidden|number)"[^>]*?name="([^"]+)" value="([^"]*)"', page)
    for name, value in names:
        if name in {"line", "added"}:
            form.setdefault(name, []).append(value)
        else:
            form[name] = value
    return form


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        owner = await asyncpg.connect(settings.role_url("dms_owner"))
        for name, outlet in (("amal", "AE01"), ("mona", "AE01"), ("bela", "AE02")):
            await create_account(
                owner,
                subject=name,
                password=PASSWORD,
                role="dealer_staff",
                positions=[Grant.PARTS],
                outlets=[outlet],
            )
        await create_account(owner, subject="root", password=PASSWORD, role="admin")
        await create_account(
            owner, subject="rana", password=PASSWORD, role="regional_manager", region_path="MEA"
        )
        await owner.close()
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test", follow_redirects=True
        ) as http:
            await seed(http)
            publish(settings)
            yield Desk(app, http)


async def seed(http: httpx.AsyncClient) -> None:
    token = (await http.post("/token", data={"username": "root", "password": PASSWORD})).json()[
        "access_token"
    ]
    for code, kind in (("WH1", "regional_warehouse"), ("AE01", "dealer"), ("AE02", "dealer")):
        data = {
            "name": code,
            "legal_entity": "Gulf <Motors> & Co",
            "outlet_kind": kind,
            "market": "AE",
            "region_path": "MEA/GULF/AE",
            "city": "Dubai",
            "timezone": "Asia/Dubai",
            "currency": "AED",
            "language": "ar",
            "opened_date": "2020-01-01",
        }
        await opened(http, token, "outlets", code, data)
    for part in [*PARTS, "NEW-4"]:
        data = {
            "part_no": part,
            "description": f"{part} <b>bold</b>",
            "category": "wear",
            "criticality": "vital",
            "pack_size": 4,
            "minimum_quantity": 1,
            "is_returnable": False,
        }
        await opened(http, token, "parts", part, data, state="active")


async def opened(
    http: httpx.AsyncClient, token: str, collection: str, key: str, data: dict[str, Any], **header: Any
) -> None:
    answer = await http.post(
        f"/v1/{collection}",
        json={"key": key, "data": data, **header},
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": f"seed-{collection}-{key}"},
    )
    assert answer.status_code == 201, answer.text


def publish(
    settings: Settings, *, on_hand: int = 3, others: int = 3, created_at: datetime | None = None
) -> None:
    """A snapshot with the engine's own suggestions for two outlets."""
    outlets = ["AE01"] * 5 + ["AE02"] * 5
    key = {"outlet_id": outlets, "part_id": PARTS * 2}
    zero = dict.fromkeys(("reserved", "on_order", "in_transit", "backordered", "booked_units"), [0] * 10)
    stock = {"on_hand": [on_hand, others, 999, 0, others] * 2, "predecessor_on_hand": [0.0] * 10}
    position = pl.DataFrame(key | zero | stock)
    policy = pl.DataFrame(
        key
        | {
            "lead_time_days": [10.0] * 10,
            "lead_time_sd_days": [1.0] * 10,
            "lead_time_observations": [5] * 10,
            "review_days": [7] * 10,
            "pack_size": [4] * 10,
            "minimum_quantity": [1] * 10,
            "service_level": [0.95] * 10,
            "unit_price_minor": [250, 1000, 250, 250, None] * 2,
            "currency": ["AED"] * 10,
            "price_missing": [False, False, False, False, True] * 2,
            "supplier_outlet_code": ["WH1"] * 10,
            "part_state": ["active"] * 10,
            "is_stocked": [True] * 10,
        }
    )
    series = pl.DataFrame(
        key
        | {
            "demand_class": ["smooth"] * 10,
            "method": ["sba"] * 10,
            "alpha": [0.1] * 10,
            "mean_units_per_month": [30.0] * 10,
            "dispersion": [1.2] * 10,
            "level_cv2": [0.1] * 10,
        }
    )
    chain = pl.DataFrame(
        {
            "part_id": ["OLD-4"],
            "current_part_id": ["NEW-4"],
            "hops": [1],
            "factor": [1.0],
            "use_up": ["use_up_first"],
        }
    )
    demand = pl.DataFrame(
        {
            "outlet_id": ["AE01"],
            "part_id": ["BELT-1"],
            "demand_month": [date(2026, 2, 1)],
            "observed_units": [31.0],
            "corrected_units": [31.0],
            "demand_lines": [9],
            "zero_stock_days": [0],
            "superseded_units": [0.0],
        }
    )
    out = suggest(position, policy, series, chain, demand, as_of=date(2026, 3, 10))
    extra = {"next_eta_date": None, "decision": None}
    described = out.suggestions.with_columns(
        pl.lit(False).alias("is_new_to_stock"),
        pl.concat_str(pl.col("part_id"), pl.lit(" <b>bold</b>")).alias("description"),
        *[pl.lit(v, dtype=pl.String).alias(k) for k, v in extra.items()],
        pl.col("on_hand", "position", "order_up_to", "raw_quantity").cast(pl.Float64),  # as in the mart
    )
    draft = Draft(settings.snapshots_dir)
    draft.add("mart_replenishment_suggestion", described)
    owners = out.suggestions.select("suggestion_id", "outlet_id", "part_id")
    draft.add("mart_suggestion_explain", out.explain.join(owners, on="suggestion_id"))
    draft.add("dim_part", described.select("part_id", "description").unique("part_id"))
    draft.publish(
        as_of_date=date(2026, 3, 10),
        code_version="1",
        feed={"epoch": "e", "hi": on_hand},
        created_at=created_at,
    )


async def orders_of(desk: Desk, outlet: str = "AE01") -> list[dict[str, Any]]:
    return await documents_of(desk, "parts_orders", outlet)


async def documents_of(desk: Desk, collection: str, outlet: str = "AE01") -> list[dict[str, Any]]:
    form = {"username": "root", "password": PASSWORD}
    token = (await desk.http.post("/token", data=form)).json()["access_token"]
    found = await desk.http.get(
        f"/v1/{collection}", params={"outlet_id": outlet}, headers={"Authorization": f"Bearer {token}"}
    )
    return list(found.json()["items"])


def named(page: str, part: str) -> str:
    """Suggestion id of a part's quantity box."""
    found = re.search(rf'name="q\.([0-9a-f]+)"[^>]*{part}', page)
    assert found, f"{part} has no box"
    return found[1]


def publish_terms(settings: Settings) -> None:
    """The same list with order terms, scores and returns beside it."""
    folder = settings.snapshots_dir / "current"
    draft = Draft(settings.snapshots_dir)
    for name in ("mart_replenishment_suggestion", "mart_suggestion_explain", "dim_part"):
        draft.add(name, pl.read_parquet(folder / f"{name}.parquet"))
    far = {"next_order_date": date(2199, 3, 12), "following_order_date": date(2199, 3, 15)}
    terms = {
        "outlet_id": ["AE01"], "timezone": ["Asia/Dubai"], "currency": ["AED"], "cut_off_minute": [960],
        "following_cut_off_minute": [720], "budget_minor": [9_000], "budget_left_minor": [5_000],
        "minimum_order_minor": [9_000_000], "urgent_freight_minor": [900],
    }  # fmt: skip
    draft.add(
        "mart_order_terms", pl.DataFrame(terms).with_columns(pl.lit(v).alias(k) for k, v in far.items())
    )
    score = {
        "outlet_id": ["AE01"], "decision": ["decline"], "reason": ["no_budget"], "answers": [9],
        "judged_answers": [8], "ran_out_answers": [2], "excess_answers": [4], "ran_out_share": [0.25],
        "excess_share": [0.5],
    }  # fmt: skip
    draft.add("mart_suggestion_score", pl.DataFrame(score))
    back = {
        "return_id": ["r1", "r2"], "outlet_id": ["AE01"] * 2, "part_id": ["OIL-3", "CAP-2"],
        "description": ["Oil", "Cap"], "supplier_outlet_code": ["WH1"] * 2,
        "as_of_date": [date(2026, 3, 10)] * 2,
        "verdict": ["return_now", "protection_over"], "is_dead": [False, True], "on_hand": [999, 8],
        "kept_units": [40, 0], "excess_units": [959, 8], "excess_minor": [239_750, 8_000],
        "return_units": [100, 0], "return_minor": [25_000, 0], "currency": ["AED"] * 2,
        "protected_until_date": [date(2026, 5, 1), None], "sentence": ["", ""],
    }  # fmt: skip
    draft.add("mart_return_suggestion", pl.DataFrame(back))
    draft.publish(as_of_date=date(2026, 3, 10), code_version="1", feed={"epoch": "e", "hi": 77})
