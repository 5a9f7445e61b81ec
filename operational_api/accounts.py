"""People and systems that may sign in: how they are made, and how a password becomes a token.

In: a database connection. Out: rows of api.account and api.api_key; only the schema's owner may write them.
Passwords are kept as argon2id hashes, API keys as digests: the key itself is shown once.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Iterable

import asyncpg
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from operational_api.access import TOKEN_SECONDS, Access, Actor, actor_of_row, grants_of, hash_api_key
from operational_api.database import Pool
from operational_api.document import Grant
from operational_api.refusals import BadRequest, NotSignedIn, TooMany

router = APIRouter(tags=["sign in"])
_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))  # checked for unknown names, so that both take as long
_AT_ONCE = asyncio.Semaphore(2)  # a check takes 64 MiB and some 30 ms of processor
FAILURES, WINDOW_SECONDS = 10, 60.0
_failures: dict[str, deque[float]] = {}
_MOST_NAMES = 10_000


_TOKEN_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["username", "password"],
                    "properties": {
                        "username": {"type": "string", "maxLength": 200},
                        "password": {"type": "string", "format": "password", "maxLength": 1000},
                    },
                }
            }
        },
    }
}


async def create_account(
    connection: asyncpg.Connection,
    *,
    subject: str,
    password: str,
    role: str,
    positions: Iterable[Grant] = (),
    outlets: Iterable[str] | None = None,
    region_path: str | None = None,
    language: str = "en",
) -> None:
    """Create or replace a login. `outlets` and `region_path` both None: every outlet.

    Raises ValueError for an unknown role, and for a dealer or regional manager without a place.
    """
    grants = _checked_grants(role, positions, outlets, region_path)
    await connection.execute(
        "insert into api.account (subject, password_hash, role, grants, outlets, region_path, language) "
        "values ($1, $2, $3, $4, $5, $6, $7) on conflict (subject) do update set "
        "password_hash = excluded.password_hash, role = excluded.role, grants = excluded.grants, "
        "outlets = excluded.outlets, region_path = excluded.region_path, language = excluded.language, "
        "revoked_at = null",
        subject,
        _HASHER.hash(password),
        role,
        grants,
        None if outlets is None else list(outlets),
        region_path,
        language,
    )


async def create_api_key(
    connection: asyncpg.Connection,
    *,
    subject: str,
    role: str,
    positions: Iterable[Grant] = (Grant.DEALER_MANAGER,),
    outlets: Iterable[str] | None = None,
    region_path: str | None = None,
    language: str = "en",
) -> str:
    """A new key for a system; returned once, kept as a digest. Raises as `create_account`."""
    grants = _checked_grants(role, positions, outlets, region_path)
    api_key = f"dms_{secrets.token_urlsafe(32)}"
    await connection.execute(
        "insert into api.api_key (key_hash, subject, role, grants, outlets, region_path, language) "
        "values ($1, $2, $3, $4, $5, $6, $7)",
        hash_api_key(api_key),
        subject,
        role,
        grants,
        None if outlets is None else list(outlets),
        region_path,
        language,
    )
    return api_key


async def sign_in(pool: Pool, subject: str, password: str) -> Actor:
    """The account's actor. Raises NotSignedIn, the same for a wrong name and a wrong password."""
    _slow_down(subject)
    row = await pool.fetchrow("select * from api.account where subject = $1 and revoked_at is null", subject)
    async with _AT_ONCE:
        fits = await asyncio.to_thread(_fits, row["password_hash"] if row else _NOBODY, password)
    if row is None or not fits:
        _failures.setdefault(subject, deque(maxlen=FAILURES)).append(time.monotonic())
        raise NotSignedIn("name or password is wrong")
    _failures.pop(subject, None)
    return actor_of_row(row)


@router.post("/token", operation_id="sign_in", openapi_extra=_TOKEN_FORM)
async def token_route(request: Request) -> Response:
    """OAuth2 password form: name and password become a bearer token that lives an hour."""
    form = await request.form(max_files=0, max_fields=10, max_part_size=4096)
    subject, password = form.get("username"), form.get("password")
    if not isinstance(subject, str) or not isinstance(password, str) or "\x00" in subject:
        raise BadRequest("send the form fields username and password")
    access: Access = request.app.state.access
    actor = await sign_in(request.app.state.pool, subject[:200], password[:1000])
    return JSONResponse(
        {"access_token": access.issue(actor), "token_type": "bearer", "expires_in": TOKEN_SECONDS},
        headers={"cache-control": "no-store"},
    )


@router.get("/.well-known/jwks.json", operation_id="get_public_keys")
async def public_keys_route(request: Request) -> Response:
    """The public key that verifies our tokens."""
    access: Access = request.app.state.access
    return JSONResponse(access.public_keys)


def _checked_grants(
    role: str, positions: Iterable[Grant], outlets: Iterable[str] | None, region_path: str | None
) -> list[str]:
    if role == "dealer_staff" and outlets is None:
        raise ValueError("dealer_staff needs outlets: name them, or the account would reach every outlet")
    if role == "regional_manager" and region_path is None and outlets is None:
        raise ValueError("regional_manager needs region_path or outlets")
    if outlets is not None and region_path is not None:
        raise ValueError("give outlets or region_path, not both")
    return sorted(grants_of(role, frozenset(positions) if role == "dealer_staff" else frozenset()))


def _fits(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _slow_down(subject: str) -> None:
    """Ten wrong passwords a minute for one name are enough."""
    if len(_failures) > _MOST_NAMES:
        _failures.clear()
    recent = _failures.get(subject)
    if recent and len(recent) == FAILURES and time.monotonic() - recent[0] < WINDOW_SECONDS:
        raise TooMany("too many wrong passwords for this name; wait a minute")
