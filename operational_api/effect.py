"""What a write brings about by rule: money that moves, approvals that are waited for, prices that are judged.

In: the declarations in `operational_api/documents/`. Out: declared effects, compiled to SQL by `ledger.py`,
`approval_chain.py` and `pricing.py`. This module is a leaf: it imports nothing of ours.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """Money that moves when a document enters a state, in the same transaction or not at all.

    `entry` is a kind of fund_entry; without `amount` it is what this document still holds. `then` is the
    move that follows by itself once the money is there, carrying the figures of the check. `held_for` names
    the document whose held money is meant: `amount` times the field `times` of it, as far as it is held.
    """

    into: str
    entry: str
    amount: str | None = None
    account: str = "fund_account_id"
    then: str | None = None
    held_for: str | None = None
    times: str | None = None
    when: tuple[str, str] | None = None  # a field of ours and the value with which it posts
    leaving: tuple[str, ...] = ()  # coming back from these states moves no money a second time


@dataclass(frozen=True, slots=True, kw_only=True)
class FundSource:
    """Which account pays: the one of this fund type, earmarked for the purpose, else earmarked `any`."""

    fund_type: str
    earmark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """Rule across documents: the `amount`s of all that name one parent stay within its `whole`."""

    amount: str
    parent: str
    whole: str
    states: tuple[str, ...]
    then: str | None = None  # move the parent makes by itself when it is covered whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The move that waits for the chain of approvals that the rules in force ask for.

    `amount` and `order_type` name the fields rules may look at. A refusal makes the move `otherwise`, with
    the reason in the field `reason`. Without a rule the move is made by its roles alone.
    """

    move: str
    amount: str | None = None
    order_type: str | None = None
    otherwise: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A price that is judged against the list and the band in force when the document enters one of `into`.

    `product` names the car sold; `price` less `discount` is what the customer pays. Within what his position
    may grant the seller passes; beyond it an approved `discount_request` for the document must cover it all;
    below the floor nobody passes. What was found stays in the fields of `PRICE_CHECK`.
    """

    into: tuple[str, ...]
    product: str
    price: str
    discount: str | None = None
