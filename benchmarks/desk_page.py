"""The desk's list of what to order, with more than a thousand lines to answer, at the server.

In: a published snapshot of OUTLETS x PARTS suggestions made by the engine, the API with one worker and a
parts manager signed in. Out: time and size of the list's pages, beside the bare read of the same rows.
Part of `dms bench stock`; alone: `dms bench desk_page`.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import asyncpg
import httpx
import numpy as np
import polars as pl

from benchmarks.figures import Figure, report
from forecasting.replenishment import suggest
from operational_api.accounts import create_account
from operational_api.document import Grant
from pipelines import postgres, services
from pipelines.ports import free_port
from pipelines.postgres import DatabaseRole
from pipelines.settings import Settings, read_settings
from pipelines.snapshot import Draft, open_snapshot

OUTLETS, PARTS = 50, 2_000
OUTLET = "O000"
LEAST_LINES = 1_000
AS_OF = date(2026, 3, 10)
CALLS, WARM_UP = 60, 3
PAGE_MS, PAGE_BYTES = 300.0, 100_000
PASSWORD = secrets.token_urlsafe(12)
PAGES = {
    "first page of the list": "/desk/suggestions",
    "a page in the middle of it": "/desk/suggestions?tab=recommended&offset=510",
    "every part with why and why not, searched": "/desk/suggestions?tab=all&q=P0001",
}


def main() -> int:
    return report(list(figures()))


def figures() -> Iterator[Figure]:
    """Two figures a page, time and size; its peer reads the page's rows from the snapshot and no more."""
    with _desk() as (settings, http):
        lines = _open_lines(settings)
        assert lines >= LEAST_LINES, f"only {lines} lines are open"
        for name, path in PAGES.items():
            yield from _page(settings, http, name=f"{name}, {lines:,} lines open", path=path)


def _page(settings: Settings, http: httpx.Client, *, name: str, path: str) -> Iterator[Figure]:
    sizes: list[int] = []

    def load() -> None:
        answer = http.get(path)
        assert answer.status_code == 200, answer.text[:300]
        assert answer.text.count("<article") >= 1, "the page shows no line"
        sizes.append(len(answer.content))

    taken, peers = _side_by_side(load, lambda: _bare_read(settings))
    slow, peer = float(np.percentile(taken, 95)), float(np.percentile(peers, 95))
    yield Figure(
        name=f"{name}: 95th percentile of {CALLS}", value=slow, unit="ms", peer="bare read of the same rows",
        peer_value=peer, ratio=slow / peer, goal=f"<= {PAGE_MS:.0f} ms", holds=slow <= PAGE_MS, runs=CALLS,
    )  # fmt: skip
    largest = max(sizes) / 1000
    yield Figure(
        name=f"{name}: size", value=largest, unit="kB", goal=f"< {PAGE_BYTES // 1000} kB",
        holds=largest < PAGE_BYTES / 1000, runs=CALLS,
    )  # fmt: skip


def _side_by_side(ours: Callable[[], None], theirs: Callable[[], None]) -> tuple[list[float], list[float]]:
    """Milliseconds of each call; the two take turns, so that a busy minute slows both."""
    taken: tuple[list[float], list[float]] = ([], [])
    for turn in range(WARM_UP + CALLS):
        for call, times in zip((ours, theirs), taken, strict=True):
            began = time.perf_counter()
            call()
            if turn >= WARM_UP:
                times.append(1000 * (time.perf_counter() - began))
    return taken


def _bare_read(settings: Settings) -> None:
    """The first thirty open lines of the outlet, straight from the file."""
    path = open_snapshot(settings.snapshots_dir).folder / "mart_replenishment_suggestion.parquet"
    mine = pl.scan_parquet(path).filter(outlet_id=OUTLET, verdict="suggested")
    mine.sort("days_of_cover_before").head(30).collect()


def _open_lines(settings: Settings) -> int:
    rows = open_snapshot(settings.snapshots_dir).scan("mart_replenishment_suggestion")
    return int(rows.filter(outlet_id=OUTLET, verdict="suggested").select(pl.len()).collect().item())


@contextmanager
def _desk() -> Iterator[tuple[Settings, httpx.Client]]:
    """The API over a temporary database and snapshot, and a browser that is signed in at the desk."""
    with tempfile.TemporaryDirectory(prefix="dms-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the server runs as an unprivileged user
        given = {"DMS_DATA_DIR": str(folder / "data"), "DMS_API_PORT": str(free_port())}
        settings = read_settings({**given, "DMS_REQUESTS_PER_MINUTE": "0"})
        _publish(settings)
        with services.api(settings), postgres.start(settings) as server:
            asyncio.run(_account(server.url(DatabaseRole.OWNER)))
            with httpx.Client(base_url=settings.api_url, follow_redirects=True, timeout=60) as http:
                http.post("/desk/sign-in", data={"username": "ann", "password": PASSWORD}).raise_for_status()
                yield settings, http
        postgres.drop_cluster(settings)


async def _account(url: str) -> None:
    owner = await asyncpg.connect(url)
    await create_account(
        owner, subject="ann", password=PASSWORD, role="dealer_staff", positions=[Grant.PARTS],
        outlets=[OUTLET],
    )  # fmt: skip
    await owner.close()


def _publish(settings: Settings) -> None:
    """Suggestions and explanations of the whole network, as the engine makes them, in one snapshot."""
    made = suggest(*_inputs(), as_of=AS_OF)
    rows = made.suggestions.with_columns(
        pl.lit(False).alias("is_new_to_stock"),
        description=pl.concat_str(pl.lit("Brake pad set, front "), "part_id"),
        next_eta_date=pl.lit(None, dtype=pl.Date),
        decision=pl.lit(None, dtype=pl.String),
    )
    draft = Draft(settings.snapshots_dir)
    draft.add("mart_replenishment_suggestion", rows)
    owners = rows.select("suggestion_id", "outlet_id", "part_id")
    draft.add("mart_suggestion_explain", made.explain.join(owners, on="suggestion_id"))
    draft.publish(as_of_date=AS_OF, code_version="bench", feed={"epoch": "bench", "hi": 1})


def _inputs() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Parts that sell often and are short, so that most of them are on the list."""
    rng, n = np.random.default_rng(3), OUTLETS * PARTS
    rate = rng.gamma(2.0, 6.0, n)
    key = pl.DataFrame(
        {
            "outlet_id": [f"O{i // PARTS:03}" for i in range(n)],
            "part_id": [f"P{i % PARTS:05}" for i in range(n)],
        }
    )
    none = dict.fromkeys(("reserved", "in_transit", "backordered", "booked_units", "on_order"), pl.lit(0.0))
    position = key.with_columns(
        on_hand=pl.Series(rng.poisson(0.3 * rate).astype(float)), predecessor_on_hand=pl.lit(0.0), **none
    )
    terms: dict[str, object] = {
        "lead_time_days": 12.0, "lead_time_sd_days": 2.0, "lead_time_observations": 5, "review_days": 7,
        "minimum_quantity": 1, "service_level": 0.95, "currency": "EUR", "price_missing": False,
        "supplier_outlet_code": "WH1", "part_state": "active", "is_stocked": True,
    }  # fmt: skip
    policy = key.with_columns(
        pack_size=pl.Series(rng.choice([1, 2, 10], n)),
        unit_price_minor=pl.Series(rng.integers(100, 90_000, n)),
        **{name: pl.lit(value) for name, value in terms.items()},
    )
    series = key.with_columns(
        mean_units_per_month=pl.Series(rate), demand_class=pl.lit("smooth"), method=pl.lit("tsb"),
        alpha=pl.lit(0.1), dispersion=pl.lit(1.6), level_cv2=pl.lit(0.1),
    )  # fmt: skip
    demand = key.with_columns(
        demand_month=pl.lit(date(2026, 2, 1)), corrected_units=pl.Series(rng.poisson(rate).astype(float)),
        zero_stock_days=pl.lit(0), superseded_units=pl.lit(0.0), demand_lines=pl.lit(3),
    ).with_columns(observed_units="corrected_units")  # fmt: skip
    chain = pl.DataFrame(
        schema={"part_id": pl.String, "current_part_id": pl.String, "hops": pl.Int64, "factor": pl.Float64,
                "use_up": pl.String}
    )  # fmt: skip
    return position, policy, series, chain, demand


if __name__ == "__main__":
    sys.exit(main())
