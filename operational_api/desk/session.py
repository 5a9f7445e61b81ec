"""Who is signed in: the API token in a cookie, and the form token that only its holder can know.

The cookie is HttpOnly and SameSite=Strict. Claims are read for menus and words only; every call of the
API verifies the token again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from operational_api.document import Document, Grant

COOKIE = "dms_desk"
LANGUAGE_COOKIE = "dms_language"


@dataclass(frozen=True, slots=True)
class Session:
    """What the pages need to know of the signed-in user."""

    token: str
    subject: str
    grants: frozenset[Grant]
    outlets: tuple[str, ...]
    language: str

    @property
    def form_token(self) -> str:
        """Proof that a form came from a page of this session; another site cannot read the cookie."""
        return hmac.new(self.token.encode(), b"desk form", hashlib.sha256).hexdigest()[:32]

    def reads(self, document: Document) -> bool:
        return bool(self.grants & document.read_by)

    def opens(self, document: Document) -> bool:
        return bool(self.grants & document.open_by)


def session_of(request: Request) -> Session | None:
    """The session of the cookie; None when there is none or it is not readable."""
    token = request.cookies.get(COOKIE)
    return session_from(token) if token else None


def session_from(token: str) -> Session | None:
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        grants = frozenset(Grant(g) for g in claims["grants"])
        return Session(
            token=token,
            subject=str(claims["sub"]),
            grants=grants,
            outlets=tuple(claims.get("outlets") or ()),
            language=str(claims.get("lang") or "en"),
        )
    except (ValueError, KeyError, IndexError, TypeError):
        return None


def sign_in(response: Response, request: Request, token: str) -> None:
    """Keep the token for the browser session; Secure wherever the page came over TLS."""
    response.set_cookie(
        COOKIE, token, httponly=True, samesite="strict", secure=request.url.scheme == "https", path="/desk"
    )


def sign_out(response: Response) -> None:
    response.delete_cookie(COOKIE, path="/desk", httponly=True, samesite="strict")


def form_is_ours(session: Session, given: str) -> bool:
    return hmac.compare_digest(session.form_token, given)
