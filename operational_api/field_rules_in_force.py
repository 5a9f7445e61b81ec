"""Keeps a process's field rules those of the day: read from the documents, handed to the policy.

In: the database. Out: `policy.use_rules`. Every process of the API asks every few seconds, so a rule that an
administrator activates holds everywhere without a release, and one that ends is gone as soon. While the
database is away the rules read last go on holding.
"""

from __future__ import annotations

import asyncio

from fastapi import FastAPI

from operational_api.database import DATABASE_ERRORS, Pool
from operational_api.document import Grant
from operational_api.field_rules import Access, FieldRule
from operational_api.policy import use_rules

EVERY_SECONDS = 2.0
# Rules for one state are read after those for all: the narrower one decides.
_IN_FORCE = """
select place, field, role, in_state, access, why from doc.field_rule
 where state in ('active', 'ended') and effective_from_date <= current_date
   and coalesce(effective_to_date, 'infinity') >= current_date
 order by in_state nulls first, effective_from_date, field_rule_id"""


async def keep_rules(app: FastAPI) -> None:
    """Runs until it is cancelled."""
    while True:
        await load_rules(app)
        await asyncio.sleep(EVERY_SECONDS)


async def load_rules(app: FastAPI) -> None:
    try:
        rules = await rules_in_force(app.state.pool)
    except DATABASE_ERRORS:
        return
    if use_rules(rules):
        app.openapi_schema = None  # it says where a mask may stand


async def rules_in_force(pool: Pool) -> tuple[FieldRule, ...]:
    return tuple(
        FieldRule(
            places=(row["place"],),
            fields=(row["field"],),
            grants=frozenset({Grant(row["role"])}),
            access=Access[row["access"].upper()],
            states=(row["in_state"],) if row["in_state"] else (),
            why=row["why"],
        )
        for row in await pool.fetch(_IN_FORCE)
    )
