"""A caller is told what is left of his minute, and refused beyond it; the others are not."""

from __future__ import annotations

import pytest

from operational_api.rates import Rates
from operational_api.refusals import TooMany


@pytest.mark.fast
def test_a_window_is_used_up_by_one_caller_and_begins_anew():
    now = [120.0]
    rates = Rates(2, clock=lambda: now[0])
    assert dict(rates.count("ann"))[b"ratelimit-remaining"] == b"1"
    assert dict(rates.count("ann"))[b"ratelimit-remaining"] == b"0"
    now[0] = 150.0
    with pytest.raises(TooMany) as refused:
        rates.count("ann")
    assert refused.value.headers["retry-after"] == refused.value.headers["ratelimit-reset"] == "30"
    assert dict(rates.count("bob"))[b"ratelimit-remaining"] == b"1"
    now[0] = 180.0
    assert dict(rates.count("ann"))[b"ratelimit-reset"] == b"60"


@pytest.mark.fast
def test_without_a_limit_nothing_is_counted_or_told():
    assert [Rates(0).count("ann") for _ in range(3)] == [[], [], []]


@pytest.mark.db
@pytest.mark.anyio
async def test_every_answer_tells_what_is_left_and_too_many_are_refused(application, as_user, network):
    application.state.rates = Rates(3, clock=lambda: 0.0)
    async with as_user("ann") as http:
        for path, left in (("/v1/parts", "2"), ("/v1/audit", "1"), ("/v1/parts/none", "0")):
            answer = await http.get(path)
            assert (answer.headers["ratelimit-limit"], answer.headers["ratelimit-remaining"]) == ("3", left)
        for path in ("/v1/parts", "/v1/audit"):
            refused = await http.get(path)
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
            assert refused.headers["content-type"] == "application/problem+json"
        assert (await http.get("/healthz")).status_code == 200
    async with as_user("bob") as http:
        assert (await http.get("/v1/parts")).status_code == 200
    async with as_user("") as http:  # who does not sign in is counted by address
        statuses = [(await http.get("/v1/parts")).status_code for _ in range(4)]
    assert statuses == [401, 401, 401, 429]
