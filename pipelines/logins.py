"""Who may sign in: people's accounts and systems' keys, made and revoked by whoever runs the database.

In: `Settings`, a role, and the place it is limited to. Out: rows of api.account and api.api_key, written
as the schema's owner. What a role may do is `operational_api/access.py`'s business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import asyncpg

from operational_api import accounts
from operational_api.document import Grant
from operational_api.migrate import migrate
from pipelines import postgres
from pipelines.postgres import DatabaseRole, Driver
from pipelines.settings import Settings

Answer = TypeVar("Answer")
_LISTED = """
select 'person' as kind, subject, role, outlets, region_path, revoked_at from api.account
union all
select 'system', subject, role, outlets, region_path, revoked_at from api.api_key
order by kind, role, subject"""


class LoginError(ValueError):
    """The account cannot be made as asked, or is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a login is limited to; neither outlets nor region: everything."""

    outlets: tuple[str, ...] = ()
    region_path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One account or key, without its secret."""

    kind: str
    subject: str
    role: str
    place: Place
    revoked_at: datetime | None


def add_person(
    settings: Settings, subject: str, password: str, *, role: str, positions: Sequence[str], place: Place
) -> None:
    """Create the account, or give it this password, role and place."""

    async def add(connection: asyncpg.Connection) -> None:
        await accounts.create_account(
            connection, subject=subject, password=password, **_scope(role, positions, place)
        )

    _as_owner(settings, add)


def add_system(settings: Settings, subject: str, *, role: str, positions: Sequence[str], place: Place) -> str:
    """A new key for a dealer's system; it is shown once and kept as a digest."""

    async def add(connection: asyncpg.Connection) -> str:
        return await accounts.create_api_key(connection, subject=subject, **_scope(role, positions, place))

    return _as_owner(settings, add)


def revoke(settings: Settings, subject: str) -> None:
    """End every account and key of `subject`. Raises LoginError when it has none."""

    async def end(connection: asyncpg.Connection) -> int:
        ended = 0
        for table in ("api.account", "api.api_key"):
            tag = await connection.execute(
                f"update {table} set revoked_at = now() where subject = $1 and revoked_at is null",  # noqa: S608
                subject,
            )
            ended += int(tag.split()[-1])
        return ended

    if not _as_owner(settings, end):
        raise LoginError(f"nobody named {subject} can sign in; see: dms account list")


def list_logins(settings: Settings) -> list[Login]:
    """Every account and key, revoked ones too."""

    async def read(connection: asyncpg.Connection) -> list[Login]:
        return [_login(row) for row in await connection.fetch(_LISTED)]

    return _as_owner(settings, read)


def _login(row: asyncpg.Record) -> Login:
    place = Place(outlets=tuple(row["outlets"] or ()), region_path=row["region_path"])
    return Login(
        kind=row["kind"],
        subject=row["subject"],
        role=row["role"],
        place=place,
        revoked_at=row["revoked_at"],
    )


def _scope(role: str, positions: Sequence[str], place: Place) -> dict[str, Any]:
    known = {grant.value for grant in Grant}
    unknown = sorted(set(positions) - known)
    if unknown:
        raise LoginError(f"position {unknown[0]}: there are {', '.join(sorted(known))}")
    return {
        "role": role,
        "positions": tuple(Grant(position) for position in positions),
        "outlets": place.outlets or None,
        "region_path": place.region_path,
    }


def _as_owner(settings: Settings, work: Callable[[asyncpg.Connection], Awaitable[Answer]]) -> Answer:
    """`work` on a migrated database as its owner. What it refuses with a ValueError becomes a LoginError."""

    async def run(url: str) -> Answer:
        connection = await asyncpg.connect(url)
        try:
            return await work(connection)
        finally:
            await connection.close()

    with postgres.start(settings) as server:
        migrate(server.url(DatabaseRole.OWNER))
        try:
            return asyncio.run(run(server.url(DatabaseRole.OWNER, driver=Driver.ASYNCPG)))
        except ValueError as error:
            raise LoginError(str(error)) from error
