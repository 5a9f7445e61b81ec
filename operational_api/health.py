"""Is the process alive, and can it serve: what a supervisor and a load balancer ask."""

from __future__ import annotations

from fastapi import APIRouter, Request

from operational_api.database import DATABASE_ERRORS, Pool, refusal_of

router = APIRouter(tags=["health"])


@router.get("/healthz", operation_id="get_health")
async def healthz() -> dict[str, str]:
    """The process answers. Says nothing of the database."""
    return {"status": "ok"}


@router.get("/readyz", operation_id="get_readiness")
async def readyz(request: Request) -> dict[str, str]:
    """The database answers and is migrated; else 503."""
    pool: Pool = request.app.state.pool
    try:
        await pool.fetchval("select epoch from api.feed")
    except DATABASE_ERRORS as error:
        raise refusal_of(error) from error
    return {"status": "ready"}
