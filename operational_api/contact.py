"""May this customer be contacted? Consent, refusals and blacklist put together; the most restrictive wins.

In: what is on file about a customer. Out: a verdict with its reason. Outbound is suppressed, inbound only
warned about; a safety recall is a legal duty and goes out past every list, never without saying so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

import msgspec


class Purpose(StrEnum):
    SAFETY = "safety"
    CONTRACT = "contract"
    SERVICE_MARKETING = "service_marketing"
    MARKETING = "marketing"


class Channel(StrEnum):
    PHONE = "phone"
    SMS = "sms"
    EMAIL = "email"
    POST = "post"
    MESSENGER = "messenger"
    APP = "app"


class Direction(StrEnum):
    OUTBOUND = "outbound"
    INBOUND = "inbound"


class Reason(StrEnum):
    """What decided."""

    ERASED = "erased"
    BLACKLISTED = "blacklisted"
    REFUSED = "refused"  # do not contact
    WITHDRAWN = "withdrawn"  # or never allowed: the latest answer was no
    EXPIRED = "expired"
    NO_PERMISSION = "no_permission"  # nobody asked
    LEGAL_DUTY = "legal_duty"
    INBOUND = "inbound"
    CONTRACT = "contract"
    PERMITTED = "permitted"


class Permission(msgspec.Struct, frozen=True):
    """One answer of a person: a consent document."""

    purpose: str
    channel: str
    state: str
    given_at: datetime
    expires_date: date | None = None


class OnFile(msgspec.Struct, frozen=True, kw_only=True):
    """What is known. `refused` are the channels of active refusals, `all` among them or not."""

    is_erased: bool = False
    is_blacklisted: bool = False
    refused: frozenset[str] = frozenset()
    permissions: tuple[Permission, ...] = ()


class Verdict(msgspec.Struct, frozen=True):
    """`warnings` are what whoever makes or takes the contact has to know anyway."""

    is_allowed: bool
    reason: Reason
    warnings: tuple[Reason, ...] = ()


def judge(
    on_file: OnFile, *, purpose: Purpose, channel: Channel, direction: Direction, today: date
) -> Verdict:
    """Whether to contact, and which reason decided."""
    against = tuple(_against(on_file, channel))
    if direction is Direction.INBOUND:
        return Verdict(True, Reason.INBOUND, against)
    if on_file.is_erased:  # there is nothing left to contact by, and nothing may be found again
        return Verdict(False, Reason.ERASED)
    if purpose is Purpose.SAFETY:
        return Verdict(True, Reason.LEGAL_DUTY, against)
    if against:
        return Verdict(False, against[0], against[1:])
    if purpose is Purpose.CONTRACT and not _answers(on_file.permissions, purpose, channel):
        return Verdict(True, Reason.CONTRACT)
    reason = _permission(on_file.permissions, purpose, channel, today)
    return Verdict(reason is Reason.PERMITTED, reason)


def _against(on_file: OnFile, channel: Channel) -> Iterable[Reason]:
    if on_file.is_blacklisted:
        yield Reason.BLACKLISTED
    if on_file.refused & {"all", channel}:
        yield Reason.REFUSED


def _permission(permissions: Iterable[Permission], purpose: Purpose, channel: Channel, today: date) -> Reason:
    """The latest answer counts; of two at the same instant the refusal."""
    answers = _answers(permissions, purpose, channel)
    if not answers:
        return Reason.NO_PERMISSION
    latest = max(answers, key=lambda p: (p.given_at, p.state != "given"))
    if latest.state != "given":
        return Reason.WITHDRAWN
    if latest.expires_date is not None and latest.expires_date < today:
        return Reason.EXPIRED
    return Reason.PERMITTED


def _answers(permissions: Iterable[Permission], purpose: Purpose, channel: Channel) -> list[Permission]:
    return [p for p in permissions if (p.purpose, p.channel) == (purpose, channel)]
