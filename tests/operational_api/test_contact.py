"""Who may be contacted: lists put together, the most restrictive wins, recalls go out."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from operational_api.contact import Channel, Direction, OnFile, Permission, Purpose, Reason, Verdict, judge

pytestmark = pytest.mark.fast
TODAY = date(2026, 3, 1)


def answer(state: str, given_at: str, expires: date | None = None) -> Permission:
    return Permission("marketing", "phone", state, datetime.fromisoformat(given_at), expires)


def outbound(
    on_file: OnFile, purpose: Purpose = Purpose.MARKETING, channel: Channel = Channel.PHONE
) -> Verdict:
    return judge(on_file, purpose=purpose, channel=channel, direction=Direction.OUTBOUND, today=TODAY)


GIVEN = answer("given", "2026-01-01T00:00:00Z")


def test_marketing_needs_a_permission_for_its_purpose_and_channel():
    assert outbound(OnFile()).reason is Reason.NO_PERMISSION
    allowed = OnFile(permissions=(GIVEN,))
    assert outbound(allowed) == Verdict(True, Reason.PERMITTED)
    assert outbound(allowed, channel=Channel.SMS).reason is Reason.NO_PERMISSION
    assert outbound(allowed, purpose=Purpose.SERVICE_MARKETING).reason is Reason.NO_PERMISSION


def test_the_latest_answer_counts_and_of_two_at_once_the_refusal():
    later, same = answer("refused", "2026-02-01T00:00:00Z"), answer("refused", "2026-01-01T00:00:00Z")
    assert outbound(OnFile(permissions=(later, GIVEN))).reason is Reason.WITHDRAWN
    assert outbound(OnFile(permissions=(GIVEN, same))).reason is Reason.WITHDRAWN
    again = answer("given", "2026-02-02T00:00:00Z")
    assert outbound(OnFile(permissions=(again, later, GIVEN))).is_allowed


def test_a_permission_holds_until_its_last_day():
    assert outbound(OnFile(permissions=(answer("given", "2026-01-01T00:00:00Z", TODAY),))).is_allowed
    ended = OnFile(permissions=(answer("given", "2026-01-01T00:00:00Z", date(2026, 2, 28)),))
    assert outbound(ended) == Verdict(False, Reason.EXPIRED)


def test_blacklist_and_refusal_win_over_every_permission():
    for on_file, reason in (
        (OnFile(permissions=(GIVEN,), is_blacklisted=True), Reason.BLACKLISTED),
        (OnFile(permissions=(GIVEN,), refused=frozenset({"phone"})), Reason.REFUSED),
        (OnFile(permissions=(GIVEN,), refused=frozenset({"all"})), Reason.REFUSED),
    ):
        assert outbound(on_file) == Verdict(False, reason)
        assert not outbound(on_file, purpose=Purpose.CONTRACT).is_allowed
    elsewhere = OnFile(permissions=(GIVEN,), refused=frozenset({"sms"}))
    assert outbound(elsewhere).is_allowed


def test_a_recall_goes_out_past_every_list_and_says_so():
    on_file = OnFile(is_blacklisted=True, refused=frozenset({"all"}))
    wanted = Verdict(True, Reason.LEGAL_DUTY, (Reason.BLACKLISTED, Reason.REFUSED))
    assert outbound(on_file, purpose=Purpose.SAFETY) == wanted
    assert outbound(OnFile(is_erased=True), purpose=Purpose.SAFETY) == Verdict(False, Reason.ERASED)


def test_whoever_comes_by_himself_is_served_with_a_warning():
    on_file = OnFile(is_blacklisted=True)
    inbound = judge(on_file, purpose=Purpose.CONTRACT, channel=Channel.PHONE,
                    direction=Direction.INBOUND, today=TODAY)  # fmt: skip
    assert inbound == Verdict(True, Reason.INBOUND, (Reason.BLACKLISTED,))


def test_a_contract_needs_no_permission_but_a_refusal_of_it_counts():
    assert outbound(OnFile(), purpose=Purpose.CONTRACT) == Verdict(True, Reason.CONTRACT)
    no = Permission("contract", "phone", "refused", datetime(2026, 1, 1, tzinfo=UTC))
    assert outbound(OnFile(permissions=(no,)), purpose=Purpose.CONTRACT).reason is Reason.WITHDRAWN
