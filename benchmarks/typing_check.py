"""The check for duplicates while a customer is typed, against a million records of one scope, at the server.

In: the simulator's crowd, all of it in one outlet, loaded into PostgreSQL as the owner; the API with one
worker and a dealer manager who is signed in. Out: milliseconds of `POST /v1/duplicates` as a form sends it,
first with the names, then with what is typed next. Part of `dms bench resolve`.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx
import numpy as np
import polars as pl

from benchmarks.figures import Figure, report
from operational_api.accounts import create_account
from operational_api.document import Grant
from pipelines import postgres, services
from pipelines.demo.crowd import crowd
from pipelines.ports import free_port
from pipelines.postgres import DatabaseRole
from pipelines.settings import read_settings

RECORDS, SEED, BATCH = 1_000_000, 7, 50_000
OUTLET = "AE01"
CALLS, WARM_UP, GOAL_MS = 200, 10, 50.0
PASSWORD = secrets.token_urlsafe(12)
FIELDS = ("customer_type", "given_name", "family_name", "company_name", "phone", "email", "address_line",
          "postcode", "city", "country", "national_id", "birth_date")  # fmt: skip
# What a form knows after each field that a clerk leaves.
TYPED = {
    "names": ("given_name", "family_name"),
    "names and phone": ("given_name", "family_name", "phone"),
    "all of a record": ("given_name", "family_name", "phone", "email", "address_line", "postcode",
                        "birth_date", "national_id"),
}  # fmt: skip


def main() -> int:
    return report(list(figures()))


def figures() -> Iterator[Figure]:
    """Median and 99th percentile by how much is typed."""
    people = crowd(RECORDS, seed=SEED)
    asked = people.filter(customer_type="person").drop_nulls(["given_name", "family_name"])
    with _loaded(people) as http:
        for name, fields in TYPED.items():
            rows = (
                asked.sample(WARM_UP + CALLS, seed=SEED).select(fields).with_columns(pl.all().cast(pl.String))
            )
            taken, found = zip(*(_call(http, row) for row in rows.iter_rows(named=True)), strict=True)
            yield from _told(f"duplicates of {name}, {RECORDS:,} records", taken[WARM_UP:])
            assert sum(found) > 0, "nobody was found"


def _call(http: httpx.Client, row: dict[str, str | None]) -> tuple[float, int]:
    typed = {name: value for name, value in row.items() if value}
    began = time.perf_counter()
    answer = http.post("/v1/duplicates", json=typed)
    taken = 1000 * (time.perf_counter() - began)
    return taken, len(answer.raise_for_status().json()["items"])


def _told(name: str, taken: tuple[float, ...]) -> Iterator[Figure]:
    for word, share in (("median", 50), ("99th percentile", 99)):
        value = float(np.percentile(taken, share))
        yield Figure(
            name=f"{name}: {word}", value=value, unit="ms", goal=f"<= {GOAL_MS:.0f} ms",
            holds=value <= GOAL_MS, runs=CALLS,
        )  # fmt: skip


@contextmanager
def _loaded(people: pl.DataFrame) -> Iterator[httpx.Client]:
    """The API over a database that holds the people, and somebody signed in who may see them all."""
    with tempfile.TemporaryDirectory(prefix="dms-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the server runs as an unprivileged user
        given = {"DMS_DATA_DIR": str(folder / "data"), "DMS_API_PORT": str(free_port())}
        settings = read_settings({**given, "DMS_REQUESTS_PER_MINUTE": "0"})
        with services.api(settings), postgres.start(settings) as server:
            asyncio.run(_fill(server.url(DatabaseRole.OWNER), people))
            with httpx.Client(base_url=settings.api_url, timeout=60) as http:
                answer = http.post("/token", data={"username": "ann", "password": PASSWORD})
                http.headers["authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"
                yield http
        postgres.drop_cluster(settings)


async def _fill(url: str, people: pl.DataFrame) -> None:
    """The table and, by its own trigger, the keys; the owner too is held to row-level security: lifted."""
    owner = await asyncpg.connect(url)
    await create_account(
        owner, subject="ann", password=PASSWORD, role="dealer_staff", positions=[Grant.DEALER_MANAGER],
        outlets=[OUTLET],
    )  # fmt: skip
    await owner.execute("alter table doc.customer_record no force row level security")
    await owner.execute("alter table doc.customer_record disable trigger user")
    await owner.execute("alter table doc.customer_record drop constraint fk_customer_record_outlet_id")
    for trigger in ("insert", "update"):
        await owner.execute(f"alter table doc.customer_record enable trigger keep_keys_on_{trigger}")
    columns = ("customer_id", *FIELDS)
    for part in people.iter_slices(BATCH):
        await owner.copy_records_to_table(
            "customer_record", schema_name="doc", records=_rows(part), columns=[*columns, *_FIXED]
        )
    await owner.execute("alter table doc.customer_record enable trigger user")
    await owner.execute("alter table doc.customer_record force row level security")
    await owner.execute("analyze doc.customer_record")
    await owner.close()


_NOW = datetime.now(UTC)
_FIXED = {
    "source": "desk", "outlet_id": OUTLET, "state": "active", "version": 1, "effective_at": _NOW,
    "created_at": _NOW, "updated_at": _NOW, "created_by": "ann", "updated_by": "ann",
}  # fmt: skip


def _rows(part: pl.DataFrame) -> Iterator[tuple[object, ...]]:
    fixed = tuple(_FIXED.values())
    for row in part.select("record_id", *FIELDS).iter_rows():
        yield (*row, *fixed)


if __name__ == "__main__":
    sys.exit(main())
