"""Entry point: settings in, an application out. `uvicorn operational_api.app:app` serves it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from operational_api import (
    accounts,
    allocations,
    audit,
    desk,
    duplicates,
    find,
    funds,
    health,
    inbox,
    insights,
    openapi,
    persons,
    refusals,
    replenishment,
    scores,
    work_list,
)
from operational_api.access import Access, new_signing_key
from operational_api.database import open_pool
from operational_api.field_rules_in_force import keep_rules, load_rules
from operational_api.housekeeping import keep_house
from operational_api.rates import Rates
from operational_api.routes import Api
from pipelines.settings import Settings, read_secret, read_settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application. The database may still be starting; until it answers, requests get a 503."""
    own = settings or read_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        signing_key = read_secret(own.signing_key_path, make=new_signing_key())
        app.state.pool = await open_pool(own.role_url("dms_app"))
        app.state.access = Access(app.state.pool, signing_key)
        with suppress(TimeoutError):  # a database that still starts is asked again by keep_rules
            await asyncio.wait_for(load_rules(app), timeout=1.0)
        background = [asyncio.create_task(keep_house(app.state.pool)), asyncio.create_task(keep_rules(app))]
        yield
        for task in background:
            task.cancel()
        await app.state.pool.close()

    app = Api(title="DMS operational API", version="1", lifespan=lifespan)
    app.state.settings = own
    app.state.rates = Rates(own.requests_per_minute)
    app.state.snapshots = insights.Snapshots(own.snapshots_dir)
    for part in (
        accounts,
        health,
        audit,
        persons,
        duplicates,
        find,
        insights,
        replenishment,
        allocations,
        desk,
        funds,
        inbox,
        work_list,
        scores,
    ):
        app.include_router(part.router)
    refusals.install(app)
    openapi.install(app)
    return app


def __getattr__(name: str) -> FastAPI:
    """`app` is made when a server asks for it, so that importing this module reads no settings."""
    if name == "app":
        return create_app()
    raise AttributeError(name)
