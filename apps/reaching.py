"""How a customer is reached: one tap by each way that permission allows, and the reason where it does not.

In: what the API judges at this moment (`/v1/persons/{id}/permissions`), never what was published: who took a
permission back this morning is not called at noon. Out: buttons, and the same verdicts as a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import streamlit as st

from apps import session
from apps.api_client import ApiProblem
from operational_api.contact import Channel, Purpose, Reason
from operational_api.policy import MASK

Verdicts = Mapping[tuple[str, str], Mapping[str, Any]]
PURPOSES: Mapping[str, str] = {
    Purpose.SERVICE_MARKETING: "Service reminder",
    Purpose.MARKETING: "Offer",
    Purpose.CONTRACT: "Running order or visit",
    Purpose.SAFETY: "Safety recall",
}
# Why a contact is made or not, in words that fit behind "No call:" and stand alone in the table.
REASONS: Mapping[str, str] = {
    Reason.ERASED: "erased",
    Reason.BLACKLISTED: "on the blacklist",
    Reason.REFUSED: "asked not to be contacted",
    Reason.WITHDRAWN: "refused or taken back",
    Reason.EXPIRED: "permission expired",
    Reason.NO_PERMISSION: "nobody asked",
    Reason.LEGAL_DUTY: "legal duty",
    Reason.CONTRACT: "part of the contract",
    Reason.PERMITTED: "allowed",
}
_WAYS = (
    (Channel.PHONE, "Call", "call", "tel:"),
    (Channel.SMS, "Text message", "sms", "sms:"),
    (Channel.EMAIL, "E-mail", "mail", "mailto:"),
)

_NAMES = {Channel.SMS: "Text message", Channel.EMAIL: "E-mail"}


@dataclass(frozen=True, slots=True)
class Way:
    """A button: what it says, where it leads, and why it may not be pressed (None: it may)."""

    channel: str
    label: str
    icon: str
    address: str
    why_not: str | None


def verdicts_on(record: str) -> Verdicts | None:
    """What is said now of contacting a record, by purpose and channel; None for who may not read it."""
    try:
        answer = session.api().get(f"/v1/persons/{record}/permissions")
    except ApiProblem as problem:
        if problem.status in {403, 404}:
            return None
        raise
    return {(v["purpose"], v["channel"]): v for v in answer["verdicts"]}


def ways(verdicts: Verdicts, purpose: str, *, phone: str | None, email: str | None) -> list[Way]:
    """Each way with its reason where it is closed: by permission first, then for want of an address."""
    on_file = {Channel.PHONE: phone, Channel.SMS: phone, Channel.EMAIL: email}
    found = []
    for channel, label, icon, scheme in _WAYS:
        verdict, address = verdicts[purpose, channel], on_file[channel]
        why_not = None if verdict["is_allowed"] else REASONS[verdict["reason"]]
        why_not = why_not or _no_address(channel, address)
        found.append(Way(channel, label, icon, "" if why_not else _link(scheme, address or ""), why_not))
    return found


def by_reason(closed: Iterable[Way]) -> str:
    """Closed ways under each reason, said once: "No call, no text message: permission expired."."""
    said: dict[str, list[str]] = {}
    for way in closed:
        if way.why_not:
            said.setdefault(way.why_not, []).append(f"no {way.label[:1].lower()}{way.label[1:]}")
    parts = [f"{', '.join(names)}: {why}" for why, names in said.items()]
    return " · ".join(part[:1].upper() + part[1:] for part in parts)


def as_table(verdicts: Verdicts) -> pl.DataFrame:
    """Channel by purpose, as it stands now."""
    return pl.DataFrame(
        {
            "By": _NAMES.get(channel, channel.value.capitalize()),
            **{name: REASONS[verdicts[p, channel]["reason"]] for p, name in PURPOSES.items()},
        }
        for channel in Channel
    )


def is_open(verdicts: Verdicts, purpose: str) -> bool:
    """Whether any channel may be used for the purpose."""
    return any(verdicts[purpose, channel]["is_allowed"] for channel in Channel)


def closed_by(verdicts: Verdicts, purpose: str) -> str:
    """Why no channel may be used: the reason that most of them have, the severest on a tie."""
    reasons = [Reason(verdicts[purpose, channel]["reason"]) for channel in Channel]
    order = list(Reason)
    return REASONS[min(set(reasons), key=lambda r: (-reasons.count(r), order.index(r)))]


def may_be_asked(verdicts: Verdicts) -> bool:
    """Whether a permission is missing or ran out, and nobody said no: then it is worth asking for one."""
    reminders = {verdicts[Purpose.SERVICE_MARKETING, channel]["reason"] for channel in Channel}
    return reminders <= {Reason.NO_PERMISSION, Reason.EXPIRED}


def buttons(verdicts: Verdicts, *, phone: str | None, email: str | None, first: str) -> None:
    """What the contact is for, then a button a way. `first` is the purpose chosen before anybody chooses."""
    names = list(PURPOSES)
    purpose = st.radio(
        "Contact for", names, index=names.index(first), format_func=lambda p: PURPOSES[p], horizontal=True,
        key="reach_purpose",
    )  # fmt: skip
    found = ways(verdicts, purpose, phone=phone, email=email)
    with st.container(horizontal=True, gap="small"):
        for way in found:
            st.link_button(
                way.label, way.address or "about:blank", icon=f":material/{way.icon}:",
                type="primary" if way.channel == Channel.PHONE else "secondary",
                disabled=way.why_not is not None, help=way.why_not,
            )  # fmt: skip
    if closed := by_reason(found):
        st.caption(closed)
    warned = {w for channel, *_ in _WAYS for w in verdicts[purpose, channel]["warnings"]}
    if warned and purpose == Purpose.SAFETY:
        st.caption(f"A recall is told although: {', '.join(sorted(REASONS[w] for w in warned))}.")


def _no_address(channel: str, address: str | None) -> str | None:
    what = "e-mail" if channel == Channel.EMAIL else "phone"
    if not address:
        return f"no {what} on file"
    return f"your role does not see the {what}" if MASK in address else None


def _link(scheme: str, address: str) -> str:
    """Of a phone the signs that dial; several numbers in one field lead to the first."""
    if scheme == "mailto:":
        return scheme + address
    first: Sequence[str] = re.split(r"[/;,]", address)
    return scheme + re.sub(r"[^+\d]", "", first[0])
