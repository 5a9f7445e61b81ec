"""What grows and is not needed for ever: first answers older than a week are deleted, once an hour."""

from __future__ import annotations

import asyncio

from operational_api.database import DATABASE_ERRORS, Pool

EVERY_SECONDS = 3600.0


async def keep_house(pool: Pool) -> None:
    """Runs until it is cancelled. A database that is away is asked again an hour later."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        await delete_old_answers(pool)


async def delete_old_answers(pool: Pool) -> int:
    """How many were deleted; a request is not repeated after a week."""
    try:
        return int(await pool.fetchval("select api.forget_old_answers()"))
    except DATABASE_ERRORS:
        return 0
