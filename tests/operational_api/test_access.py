"""Signing in: what is a token, what is not, and how far each caller reaches."""

from __future__ import annotations

import base64
import json
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from joserfc import jwk, jwt

from operational_api.access import AUDIENCE, ISSUER, Access, Actor, Remembered, grants_of, new_signing_key
from operational_api.accounts import create_account, create_api_key
from operational_api.document import DEALER, Grant
from operational_api.documents import BY_NAME
from operational_api.policy import MASK, never_told
from operational_api.refusals import NotSignedIn
from pipelines.postgres import DatabaseRole, Server

pytestmark = [
    pytest.mark.db,
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:EdDSA is deprecated"),  # this module forges tokens itself
]

PASSWORD = "correct horse"
CLAIMS = {"iss": ISSUER, "aud": AUDIENCE, "sub": "eve", "role": "admin", "grants": ["admin"], "lang": "en",
          "all": True, "exp": 4_000_000_000}  # fmt: skip


@pytest.fixture
async def accounts(database: Server) -> asyncpg.Connection:
    connection = await asyncpg.connect(database.url(DatabaseRole.OWNER))
    await create_account(connection, subject="ann", password=PASSWORD, role="dealer_staff",
                         positions=[Grant.PARTS], outlets=["AE01"], language="ar")  # fmt: skip
    yield connection
    await connection.close()


@pytest.fixture
async def http(application: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def sign_in(http: httpx.AsyncClient, name: str, password: str = PASSWORD) -> httpx.Response:
    return await http.post("/token", data={"username": name, "password": password})


async def status_with(http: httpx.AsyncClient, token: str) -> int:
    answer = await http.get("/v1/parts", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code


def signed(claims: dict[str, Any], key: Any) -> str:
    return jwt.encode({"alg": "EdDSA"}, claims, key, algorithms=["EdDSA"])


async def test_a_password_becomes_a_token_that_says_who_and_how_far(http, accounts, application):
    answer = await sign_in(http, "ann")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("bearer", 3600)
    payload = body["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert {k: claims[k] for k in ("sub", "role", "grants", "outlets", "lang")} == {
        "sub": "ann", "role": "dealer_staff", "grants": ["parts"], "outlets": ["AE01"], "lang": "ar",
    }  # fmt: skip
    assert claims["exp"] - claims["iat"] == 3600
    assert await status_with(http, body["access_token"]) == 200


async def test_wrong_name_and_wrong_password_are_refused_alike(http, accounts):
    wrong, unknown = await sign_in(http, "ann", "wrong"), await sign_in(http, "nobody")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert wrong.json()["detail"] == unknown.json()["detail"]


async def test_ten_wrong_passwords_in_a_minute_are_enough(http, accounts):
    for _ in range(10):
        assert (await sign_in(http, "guessed", "wrong")).status_code == 401
    locked = await sign_in(http, "guessed", "wrong")
    assert (locked.status_code, locked.headers["retry-after"]) == (429, "60")
    assert (await sign_in(http, "ann")).status_code == 200


async def test_a_revoked_account_does_not_sign_in(http, accounts):
    await accounts.execute("update api.account set revoked_at = now()")
    assert (await sign_in(http, "ann")).status_code == 401


async def test_an_incomplete_form_is_a_bad_request(http, accounts):
    for form in ({}, {"username": "ann"}, {"username": "a\x00b", "password": "x"}):
        assert (await http.post("/token", data=form)).status_code == 400


async def test_passwords_and_keys_are_not_kept_as_they_are(accounts):
    key = await create_api_key(accounts, subject="dms-of-ae01", role="dealer_staff", outlets=["AE01"])
    stored = str(await accounts.fetch("select * from api.account")) + str(
        await accounts.fetch("select * from api.api_key")
    )
    assert "$argon2id$" in stored
    assert PASSWORD not in stored
    assert key not in stored


async def test_an_account_without_a_reach_is_refused_rather_than_given_all(accounts):
    with pytest.raises(ValueError, match="needs outlets"):
        await create_account(
            accounts, subject="x", password="x", role="dealer_staff", positions=[Grant.PARTS]
        )
    with pytest.raises(ValueError, match="region_path"):
        await create_account(accounts, subject="x", password="x", role="regional_manager")
    with pytest.raises(ValueError, match="positions"):
        await create_account(accounts, subject="x", password="x", role="dealer_staff", outlets=["AE01"])
    with pytest.raises(ValueError, match="unknown role"):
        await create_account(accounts, subject="x", password="x", role="boss")


# --- tokens that are none ---------------------------------------------------------------------------


async def test_without_a_token_every_collection_asks_to_sign_in(http):
    for collection in (d.collection for d in BY_NAME.values()):
        answer = await http.get(f"/v1/{collection}")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_token_of_another_key_is_refused(http):
    assert await status_with(http, signed(CLAIMS, jwk.OKPKey.import_key(new_signing_key()))) == 401


WRONG_CLAIMS: list[dict[str, Any]] = [
    {"aud": "other"},
    {"iss": "other"},
    {"exp": 1},
    *({name: None} for name in ("aud", "exp", "iss", "sub")),
]


async def test_a_token_with_a_wrong_or_missing_claim_is_refused(http, application, network):
    own_key = application.state.access._key
    for change in WRONG_CLAIMS:
        claims = {k: v for k, v in {**CLAIMS, **change}.items() if v is not None}
        assert await status_with(http, signed(claims, own_key)) == 401, change
    assert await status_with(http, signed(CLAIMS, own_key)) == 200


async def test_a_token_that_is_not_signed_is_refused(http):
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    for algorithm in ("none", "None", "HS256"):
        assert await status_with(http, f"{part({'alg': algorithm})}.{part(CLAIMS)}.") == 401


async def test_a_token_signed_with_the_public_key_as_secret_is_refused(http, application):
    public = application.state.access.public_keys["keys"][0]["x"]
    secret = jwk.OctKey.import_key(public + "A" * 32)
    forged = jwt.encode({"alg": "HS256"}, CLAIMS, secret, algorithms=["HS256"])
    assert await status_with(http, forged) == 401


async def test_rubbish_is_refused(http):
    for token in ("x", "a.b.c", "..", "\u00e9", "Bearer", ""):
        answer = await http.get("/v1/parts", headers={"Authorization": f"Bearer {token}".encode()})
        assert answer.status_code == 401, token


async def test_a_token_ends_when_its_hour_is_over(application):
    now = [1_000_000.0]
    access = Access(application.state.pool, new_signing_key(), clock=lambda: now[0])
    actor = Actor("ann", "dealer_staff", frozenset({Grant.PARTS}), ("AE01",), None, "en")
    token = access.issue(actor)
    assert await access.actor_of_token(token) == actor
    now[0] += 3601  # also when it was verified before and is remembered
    with pytest.raises(NotSignedIn):
        await access.actor_of_token(token)


async def test_the_public_key_verifies_our_tokens(http, accounts):
    token = (await sign_in(http, "ann")).json()["access_token"]
    keys = (await http.get("/.well-known/jwks.json")).json()["keys"]
    assert "d" not in keys[0]  # the private part
    assert jwt.decode(token, jwk.OKPKey.import_key(keys[0]), algorithms=["EdDSA"]).claims["sub"] == "ann"


# --- API keys ---------------------------------------------------------------------------------------


async def test_a_dealers_system_signs_in_by_its_key_and_reaches_its_outlet(http, accounts, network):
    key = await create_api_key(accounts, subject="dms-of-ae01", role="dealer_staff", outlets=["AE01"])
    answer = await http.get("/v1/part_demands", headers={"X-API-Key": key})
    assert answer.status_code == 200
    line = {
        "action": "open",
        "key": "L1",
        "by": "staff-7",
        "data": {"source": "web", "arrived_at": "2026-01-01T00:00:00Z"},
    }
    headers = {"X-API-Key": key, "Idempotency-Key": "k1"}
    answer = await http.post("/v1/leads/bulk", content=json.dumps(line), headers=headers)
    assert answer.json()["accepted"] == 1
    created = (await http.get("/v1/leads/L1", headers=headers)).json()
    assert (created["outlet_id"], created["created_by"]) == ("AE01", "staff-7")


async def test_an_unknown_or_revoked_key_is_refused(http, accounts, application):
    key = await create_api_key(accounts, subject="dms-of-ae01", role="dealer_staff", outlets=["AE01"])
    await accounts.execute("update api.api_key set revoked_at = now()")
    for wrong in (key, "dms_x"):
        assert (await http.get("/v1/parts", headers={"X-API-Key": wrong})).status_code == 401


# --- who may what -----------------------------------------------------------------------------------


async def test_a_dealer_manager_holds_every_dealer_grant_and_an_administrator_all():
    assert grants_of("dealer_staff", frozenset({Grant.DEALER_MANAGER})) == DEALER
    assert grants_of("dealer_staff", frozenset({Grant.PARTS})) == {Grant.PARTS}
    assert grants_of("admin", frozenset()) == frozenset(Grant)
    assert grants_of("oem_quality", frozenset()) == {Grant.OEM_QUALITY}


async def test_planners_and_engineers_see_no_person(as_user, one_of_each):
    path = f"/v1/customer_records/{one_of_each['customer_record']}"
    personal = {f.name for f in BY_NAME["customer_record"].personal}
    seen = {}
    for name in ("ann", "ray", "pia", "quy"):
        async with as_user(name) as http:
            data = (await http.get(path)).json()["data"]
            page = (await http.get("/v1/customer_records")).json()["items"][0]["data"]
            assert page == data
            seen[name] = {n for n in personal if data[n] != MASK}
            filtered = await http.get("/v1/customer_records", params={"family_name": "x-family_name"})
            assert filtered.status_code == (200 if seen[name] else 422)  # nor find out by asking
    assert seen == {"ann": personal, "ray": set(), "pia": set(), "quy": personal}
    async with as_user("dan") as http:
        assert (await http.get(path)).status_code == 404


async def test_every_personal_field_of_every_type_is_veiled_for_those_who_need_no_names():
    corrected = {("quarantine_row", "corrected_json", Grant.DATA_ENGINEER)}  # its own words
    for document in BY_NAME.values():
        for grant in document.read_by - DEALER - {Grant.OEM_QUALITY, Grant.ADMIN}:
            veiled = set(never_told(frozenset({grant}), document))
            told = {f.name for f in document.personal} - veiled
            assert {(document.name, name, grant) for name in told} <= corrected


async def test_what_is_remembered_is_forgotten_when_its_time_is_over_or_room_is_short():
    now = [0.0]
    remembered: Remembered[int] = Remembered(2, lambda: now[0])
    remembered.put("a", 1, until=10)
    remembered.put("b", 2, until=10)
    remembered.put("c", 3, until=10)
    assert (remembered.get("a"), remembered.get("b"), remembered.get("c")) == (None, 2, 3)
    now[0] = 10
    assert remembered.get("c") is None
