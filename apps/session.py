"""Who is signed in and what was read for them: kept in Streamlit's session, shared with nobody.

The token comes with the browser's cookie. Cached reads carry the user and the snapshot in their key
and belong to the session, so one user's rows can never answer another's question.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl
import streamlit as st

from apps.api_client import Api, Parameters

COOKIE = "dms_pages"
_TOKEN, _REFUSED, _ADDRESS, _API = "dms_token", "dms_refused", "dms_api_url", "dms_api"


@dataclass(frozen=True, slots=True)
class User:
    """What a token says of its holder; the API verifies it at every call."""

    subject: str
    role: str
    grants: frozenset[str]
    scope: str
    expires_at: datetime

    @property
    def is_expired(self) -> bool:
        return datetime.now(UTC) >= self.expires_at


def start(api_url: str) -> None:
    """Remember where the API is, and who comes with the browser's cookie; called at every run."""
    st.session_state[_ADDRESS] = api_url
    token = st.context.cookies.get(COOKIE)
    known = (st.session_state.get(_TOKEN), st.session_state.get(_REFUSED))
    if token and token not in known and is_valid(token):
        remember(token)


def remember(token: str) -> None:
    st.session_state[_TOKEN] = token
    st.session_state.pop(_API, None)


def forget() -> None:
    """Whatever was read for the user whose token the API no longer takes; the cookie still brings it."""
    st.session_state[_REFUSED] = st.session_state.get(_TOKEN)
    for name in (_TOKEN, _API):
        st.session_state.pop(name, None)
    for cached in (_snapshot, _table, _metric, _definitions):
        cached.clear()


def user() -> User | None:
    """Who is signed in; None before sign-in and after the token ran out."""
    token = st.session_state.get(_TOKEN)
    return read_token(token) if is_valid(token) else None


def is_valid(token: str | None) -> bool:
    """A token that can be read and has not run out; whether it is genuine the API alone knows."""
    try:
        return token is not None and not read_token(token).is_expired
    except (ValueError, KeyError, IndexError, TypeError, OverflowError):
        return False


def read_token(token: str) -> User:
    """The claims of a token, unverified: for menus and words only."""
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return User(
        subject=str(claims["sub"]),
        role=str(claims["role"]),
        grants=frozenset(claims.get("grants", ())),
        scope=_scope(claims),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
    )


def api() -> Api:
    """The signed-in user's client."""
    if _API not in st.session_state:
        st.session_state[_API] = Api(st.session_state[_ADDRESS], st.session_state[_TOKEN])
    client: Api = st.session_state[_API]
    return client


def api_url() -> str:
    """Where the API, and with it the desk, is."""
    return str(st.session_state[_ADDRESS])


def snapshot() -> dict[str, Any]:
    """What is published now; a new snapshot is seen within seconds."""
    known = user()
    return _snapshot(api(), known.subject if known else "")


def table(name: str, **where: object) -> pl.DataFrame:
    """A published table, filtered: `where` holds a value or a list of values per parameter."""
    return _table(api(), _key(), name, _parameters(where))


def metric(metric_id: str, *, by: str = "", **where: object) -> pl.DataFrame:
    """A metric's parts, value and n per group."""
    return _metric(api(), _key(), metric_id, (*((("by", by),) if by else ()), *_parameters(where)))


def definitions() -> list[dict[str, Any]]:
    """Every metric the user may read, as it is defined."""
    return _definitions(api(), _key())


def export(name: str, **where: object) -> bytes:
    return api().export(name, _parameters(where))


def _key() -> tuple[str, str]:
    known = user()
    return (known.subject if known else "", str(snapshot()["snapshot_id"]))


@st.cache_data(scope="session", ttl="5s", max_entries=2, show_spinner=False)
def _snapshot(_api: Api, subject: str) -> dict[str, Any]:
    found: dict[str, Any] = _api.get("/v1/snapshot")
    return found


@st.cache_data(scope="session", ttl="30m", max_entries=200, show_spinner="Loading rows")
def _table(_api: Api, key: tuple[str, str], name: str, parameters: Parameters) -> pl.DataFrame:
    return _api.table(name, parameters)


@st.cache_data(scope="session", ttl="30m", max_entries=400, show_spinner=False)
def _metric(_api: Api, key: tuple[str, str], metric_id: str, parameters: Parameters) -> pl.DataFrame:
    return _api.metric(metric_id, parameters)


@st.cache_data(scope="session", ttl="30m", max_entries=4, show_spinner=False)
def _definitions(_api: Api, key: tuple[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _api.get("/v1/metrics")["metrics"]
    return found


def _parameters(where: dict[str, object]) -> tuple[tuple[str, str], ...]:
    """Sorted, so that equal questions have equal keys; None leaves a filter out."""
    pairs = []
    for name, value in sorted(where.items()):
        values = value if isinstance(value, list | tuple) else [value]
        pairs.extend((name, str(v)) for v in values if v is not None)
    return tuple(pairs)


def _scope(claims: dict[str, Any]) -> str:
    if claims.get("region"):
        return str(claims["region"])
    outlets = claims.get("outlets") or ()
    return ", ".join(outlets) if outlets else "all outlets"
