"""What is done once an hour without being asked: old first answers are deleted, due contacts become tasks."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from operational_api.database import DATABASE_ERRORS, Pool

EVERY_SECONDS = 3600.0


async def keep_house(pool: Pool) -> None:
    """Runs until it is cancelled. A database that is away is asked again an hour later."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        await delete_old_answers(pool)
        await follow_up(pool)


async def delete_old_answers(pool: Pool) -> int:
    """How many were deleted; a request is not repeated after a week."""
    try:
        return int(await pool.fetchval("select api.forget_old_answers()"))
    except DATABASE_ERRORS:
        return 0


async def follow_up(pool: Pool) -> int:
    """How many contact tasks were made for today, at every outlet; nothing is made twice."""
    today = datetime.now(UTC).date()
    try:
        return int(
            await pool.fetchval(
                "select created from api.generate_contacts('all', '{}', 'follow-up', $1)", today
            )
        )
    except DATABASE_ERRORS:
        return 0
