"""Whatever is sent, the answer is an answer: never a 5xx, and every refusal a problem with its reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from operational_api.documents import DOCUMENTS

pytestmark = [pytest.mark.db, pytest.mark.anyio]

ODD_BODIES = [
    b"",
    b"null",
    b"[]",
    b"0",
    b'"x"',
    b"{",
    b"\x00",
    b"\xff\xfe",
    b"NaN",
    b'{"data":NaN}',
    b'{"data":{"x":Infinity}}',
    b'{"data":{"part_no":"\\u0000"}}',
    b'{"data":{"part_no":"\\ud800"}}',
    b'{"data":{"part_no":"\xed\xa0\x80"}}',
    b'{"data":{"pack_size":1180591620717411303424}}',
    b'{"data":{"pack_size":1e999}}',
    b'{"data":{"pack_size":-0}}',
    b'{"data":' + b'{"a":' * 500 + b"1" + b"}" * 501,
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"key":"' + b"k" * 100_000 + b'","data":{}}',
    b'{"data":{"part_no":"' + b"x" * 900_000 + b'"}}',
    b'{"data":{},"data":[]}',
    b'{"effective_at":"9999-12-31T23:59:59-23:59","data":{}}',
]
_NESTED = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["\x00", "\ud800", "2026-01-01", "0000-00-00", "9999-12-31T23:59:59Z", "AE01", "P1", "x" * 300]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)
_TEXTS = st.text(max_size=20)
_HEADERS = st.sampled_from(['"1"', "1", "*", "", "x", '"0"', "9" * 50])


def assert_answered(answer: Any) -> None:
    assert answer.status_code < 500, (answer.request.url, answer.request.content[:200], answer.text)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]


async def test_an_odd_body_is_refused_not_crashed_on(as_user, network, new_key):
    targets = [
        ("POST", "/v1/parts"),
        ("POST", "/v1/parts/bulk"),
        ("PATCH", "/v1/parts/P1"),
        ("POST", "/v1/parts/P1/run_out"),
        ("POST", "/token"),
    ]
    async with as_user("ada") as http:
        for body in ODD_BODIES:
            for method, path in targets:
                headers = {"Idempotency-Key": new_key(), "If-Match": '"1"'}
                answer = await http.request(method, path, content=body, headers=headers)
                assert_answered(answer)
                is_empty_change = not body and path.startswith("/v1/parts/P1")
                if path != "/v1/parts/bulk" and not is_empty_change:
                    assert answer.status_code in {400, 409, 412, 413, 422}, (path, body[:80], answer.text)


async def test_a_body_above_a_megabyte_is_refused_unread(as_user, network):
    async with as_user("ada") as http:
        answer = await http.post(
            "/v1/parts", content=b"x" * (1024 * 1024 + 1), headers={"Idempotency-Key": "k"}
        )
        assert answer.status_code == 413

        async def endless() -> Any:
            for _ in range(2000):
                yield b"x" * 1024

        answer = await http.post("/v1/parts", content=endless(), headers={"Idempotency-Key": "k"})
        assert answer.status_code == 413


@st.composite
def odd_requests(draw: st.DrawFn) -> dict[str, Any]:
    """Parts of a request to any type: some of them right, by chance."""
    document = draw(st.sampled_from(DOCUMENTS))
    names = st.sampled_from([*(f.name for f in document.fields), "colour"])
    header = st.dictionaries(
        st.sampled_from(["key", "outlet_id", "state", "effective_at"]), _NESTED, max_size=2
    )
    return {
        "base": f"/v1/{document.collection}",
        "action": draw(st.sampled_from(["open", "amend", *(m.name for m in document.moves), "fly"])),
        "key": draw(st.sampled_from(["P1", "AE01", "K"])),
        "body": {"data": draw(st.dictionaries(names, _NESTED, max_size=5)), **draw(header)},
        "etag": draw(_HEADERS),
        "query": {draw(names): draw(_TEXTS), "after": draw(_TEXTS)},
        "user": draw(st.sampled_from(["ada", "ann"])),
    }


@given(odd=odd_requests())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
async def test_no_generated_request_gives_a_server_error(odd: dict[str, Any], as_user, network, new_key):
    base, key, body = odd["base"], odd["key"], json.dumps(odd["body"]).encode()
    line = json.dumps({"action": odd["action"], "key": key, **odd["body"]}).encode()
    headers = {"Idempotency-Key": new_key(), "If-Match": odd["etag"]}
    async with as_user(odd["user"]) as http:
        assert_answered(await http.post(base, content=body, headers=headers))
        assert_answered(await http.patch(f"{base}/{key}", content=body, headers=headers))
        assert_answered(await http.post(f"{base}/{key}/{odd['action']}", content=body, headers=headers))
        headers["Idempotency-Key"] = new_key()
        assert_answered(await http.post(f"{base}/bulk", content=line + b"\n" + body, headers=headers))
        assert_answered(await http.get(base, params=odd["query"]))
