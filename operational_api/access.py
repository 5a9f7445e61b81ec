"""Who is calling: tokens, API keys, and the outlets a request may reach.

In: `Authorization: Bearer` or `X-API-Key`. Out: an `Actor`. Tokens are EdDSA JWTs that live an hour; what was
verified is remembered for a short while, so that a request costs no signature and no query.
"""

from __future__ import annotations

import hashlib
import time
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from fastapi import Request
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from operational_api.database import Pool
from operational_api.document import DEALER, Grant
from operational_api.rates import Rates
from operational_api.refusals import NotSignedIn

ISSUER = AUDIENCE = "dms"
TOKEN_SECONDS = 3600
KEY_SECONDS = 30.0  # a revoked API key works at most this long
REGION_SECONDS = 5.0  # an outlet that moved to another region is seen there after this long
REMEMBERED = 10_000
ROLES = (
    "dealer_staff",
    "regional_manager",
    "oem_planner",
    "oem_finance",
    "oem_quality",
    "data_engineer",
    "admin",
)


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in caller. `outlets` None means all; a region has become a list of outlets."""

    subject: str
    role: str
    grants: frozenset[Grant]
    outlets: tuple[str, ...] | None
    region_path: str | None
    language: str
    is_system: bool = False  # came with an API key: may write on behalf of its people

    @property
    def scope(self) -> str:
        """The word row-level security reads."""
        return "all" if self.outlets is None else "outlets"

    @property
    def may_act_for_others(self) -> bool:
        return self.is_system or Grant.ADMIN in self.grants


def grants_of(role: str, positions: frozenset[Grant]) -> frozenset[Grant]:
    """Grants that a role holds. Raises ValueError for an unknown role or a dealer without a position."""
    if role not in ROLES:
        raise ValueError(f"unknown role {role}: choose from {', '.join(ROLES)}")
    if role == "admin":
        return frozenset(Grant)
    if role != "dealer_staff":
        return frozenset({Grant(role)})
    if not positions or not positions <= DEALER:
        raise ValueError(f"dealer_staff needs positions out of {', '.join(sorted(DEALER))}")
    return DEALER if Grant.DEALER_MANAGER in positions else positions


Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """The last few values by key, each until its time is over."""

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self._values: OrderedDict[str, tuple[float, Value]] = OrderedDict()
        self._most, self._clock = most, clock

    def get(self, key: str) -> Value | None:
        known = self._values.get(key)
        if known is None:
            return None
        if known[0] <= self._clock():
            del self._values[key]
            return None
        return known[1]

    def put(self, key: str, value: Value, until: float) -> None:
        self._values[key] = (until, value)
        if len(self._values) > self._most:
            self._values.popitem(last=False)


class Access:
    """Verifies callers. One per application; `clock` gives Unix seconds."""

    def __init__(self, pool: Pool, signing_key: str, clock: Callable[[], float] = time.time) -> None:
        self._pool, self._clock = pool, clock
        self._key = jwk.OKPKey.import_key(signing_key)
        self._tokens: Remembered[Actor] = Remembered(REMEMBERED, clock)
        self._keys: Remembered[Actor] = Remembered(REMEMBERED, clock)
        self._regions: Remembered[tuple[str, ...]] = Remembered(REMEMBERED, clock)
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(clock()),
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            sub={"essential": True},
            exp={"essential": True},
        )

    @property
    def public_keys(self) -> dict[str, Any]:
        """What others need to verify our tokens (RFC 7517)."""
        own = self._key.as_dict(private=False)
        return {"keys": [{**own, "kid": self._key.thumbprint(), "use": "sig", "alg": "EdDSA"}]}

    def issue(self, actor: Actor) -> str:
        """A token for the actor. A region stays one, so that new outlets need no new token."""
        now = int(self._clock())
        reach: dict[str, Any] = {"all": True}
        if actor.region_path is not None:
            reach = {"region": actor.region_path}
        elif actor.outlets is not None:
            reach = {"outlets": list(actor.outlets)}
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": actor.subject,
            "role": actor.role,
            "grants": sorted(actor.grants),
            "lang": actor.language,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            **reach,
        }
        with _under_its_old_name():
            return jwt.encode({"alg": "EdDSA", "kid": self._key.thumbprint()}, claims, self._key, ["EdDSA"])

    async def actor_of_token(self, token: str) -> Actor:
        """The bearer of a token. Raises NotSignedIn."""
        actor = self._tokens.get(token)
        if actor is None:
            claims = self._verified(token)
            actor = _actor_of_claims(claims)
            self._tokens.put(token, actor, until=float(claims["exp"]))
        return actor if actor.region_path is None else await self._in_region(actor)

    async def actor_of_key(self, api_key: str) -> Actor:
        """The system that holds an API key. Raises NotSignedIn."""
        digest = hash_api_key(api_key)
        actor = self._keys.get(digest)
        if actor is None:
            row = await self._pool.fetchrow(
                "select * from api.api_key where key_hash = $1 and revoked_at is null", digest
            )
            if row is None:
                raise NotSignedIn("the API key is unknown or revoked")
            actor = replace(actor_of_row(row), is_system=True)
            self._keys.put(digest, actor, until=self._clock() + KEY_SECONDS)
        return actor if actor.region_path is None else await self._in_region(actor)

    def _verified(self, token: str) -> Mapping[str, Any]:
        try:
            with _under_its_old_name():
                claims = jwt.decode(token, self._key, algorithms=["EdDSA"]).claims
            self._claims.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise NotSignedIn(
                "the token is not valid or has expired; sign in again at POST /token"
            ) from error
        return claims

    async def _in_region(self, actor: Actor) -> Actor:
        assert actor.region_path is not None
        outlets = self._regions.get(actor.region_path)
        if outlets is None:
            rows = await self._pool.fetch(
                "select outlet_code from doc.outlet "
                "where region_path = $1 or starts_with(region_path, $1 || '/') "
                "order by outlet_code",
                actor.region_path,
            )
            outlets = tuple(row["outlet_code"] for row in rows)
            self._regions.put(actor.region_path, outlets, until=self._clock() + REGION_SECONDS)
        return replace(actor, outlets=outlets)


async def actor_of(request: Request) -> Actor:
    """The caller of a request; a FastAPI dependency as well. Raises NotSignedIn, TooMany."""
    rates: Rates = request.app.state.rates
    try:
        actor = await _signed_in(request)
    except NotSignedIn:
        rates.count(f"address {request.client.host if request.client else ''}")
        raise
    request.scope["language"] = actor.language  # what a refusal is said in when the request names none
    request.scope["rate_headers"] = rates.count(actor.subject)
    return actor


async def _signed_in(request: Request) -> Actor:
    access: Access = request.app.state.access
    authorization = request.headers.get("authorization", "")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() == "bearer" and token:
        return await access.actor_of_token(token)
    api_key = request.headers.get("x-api-key")
    if api_key:
        return await access.actor_of_key(api_key)
    raise NotSignedIn("sign in at POST /token, or send X-API-Key")


current_actor = actor_of


@contextmanager
def _under_its_old_name() -> Iterator[None]:
    """RFC 9864 renames EdDSA to Ed25519; verifiers in the field still know the old name alone."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="EdDSA is deprecated")
        yield


def hash_api_key(api_key: str) -> str:
    """Keys carry 256 random bits, so a plain digest cannot be guessed back."""
    return hashlib.sha256(api_key.encode()).hexdigest()


def new_signing_key() -> str:
    """A fresh Ed25519 private key, PEM."""
    return jwk.OKPKey.generate_key("Ed25519").as_pem(private=True).decode()


def actor_of_row(row: Mapping[str, Any]) -> Actor:
    """The actor of a row of api.account or api.api_key."""
    region = row["region_path"]
    outlets = () if region is not None else row["outlets"]
    return Actor(
        subject=row["subject"],
        role=row["role"],
        grants=frozenset(Grant(g) for g in row["grants"]),
        outlets=None if outlets is None else tuple(outlets),
        region_path=region,
        language=row["language"],
    )


def _actor_of_claims(claims: Mapping[str, Any]) -> Actor:
    """Outlets, a region, or all, said in so many words: a token that says nothing reaches nothing."""
    region = claims.get("region")
    outlets = None if claims.get("all") is True else tuple(claims.get("outlets", ()))
    return Actor(
        subject=claims["sub"],
        role=claims["role"],
        grants=frozenset(Grant(g) for g in claims["grants"]),
        outlets=() if region is not None else outlets,
        region_path=region,
        language=claims["lang"],
    )
