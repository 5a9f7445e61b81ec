"""Whatever is posted in whatever order: the ledger balances and nobody spends what is not there."""

from __future__ import annotations

import itertools
import json
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from operational_api.documents import BY_NAME
from operational_api.documents.fund_entry import LEGS
from pipelines.postgres import DatabaseRole, Server
from tests.operational_api.conftest import data_of, outlet_data

pytestmark = pytest.mark.db

AMOUNTS = st.integers(1, 1000)
FREE = sorted(k for k, (_, target) in LEGS.items() if target == "available" and k != "release")
SPENT = sorted(k for k, (source, target) in LEGS.items() if source == "available" and target != "held")
_accounts = itertools.count(1)


class Ledger(RuleBasedStateMachine):
    """A model in two integers beside one account in the database, by the functions the API calls."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        super().__init__()
        self.connection = connection
        self.account = f"A{next(_accounts)}"
        self.available = self.credit = 0
        self.held: dict[str, int] = {}
        self.lines = itertools.count(1)
        self.active: list[tuple[str, int]] = []
        data = {"fund_type": self.account, "earmark": "parts", "currency": "AED"}
        assert self.open("fund_account", self.account, data)

    def open(self, name: str, key: str | None, data: dict[str, Any], state: str | None = None) -> bool:
        """Whether it was written; a refusal of the ledger wrote nothing."""
        document = BY_NAME[name]
        self.key = key or f"{name}-{self.account}-{next(self.lines)}"
        arguments = [self.key, "AE01" if document.is_tenant else None, state or document.opens_in[0]]
        try:
            row = self.connection.execute(
                f"select outcome from api.open_{name}('all', '{{}}', 't', '{{}}', null, null, "
                "%s, %s, %s, null, %s::jsonb)",
                [*arguments, json.dumps(data)],
            ).fetchone()
        except psycopg.errors.RaiseException as refusal:
            if '"no_funds"' not in str(refusal.diag.message_detail):
                raise
            return False
        assert row == ("ok",)
        return True

    def change(self, name: str, key: str, action: str, version: int, data: dict[str, Any]) -> None:
        grants = ["oem_finance", "oem_planner", "dealer_manager"]
        row = self.connection.execute(
            f"select outcome from api.change_{name}('all', '{{}}', 't', %s, '{{}}', null, null, "
            "%s, %s, %s, null, %s::jsonb)",
            [grants, key, action, version, json.dumps(data)],
        ).fetchone()
        assert row == ("ok",)

    def post(self, kind: str, amount: int, cause: str | None = None) -> bool:
        named = {"cause": "parts_order", "cause_key": cause} if cause else {}
        data = {"fund_account_id": self.account, "kind": kind, "amount_minor": amount, "currency": "AED"}
        return self.open("fund_entry", None, data | named)

    @property
    def usable(self) -> int:
        return self.available + self.credit

    @rule(kind=st.sampled_from(FREE), amount=AMOUNTS)
    def money_arrives(self, kind: str, amount: int) -> None:
        assert self.post(kind, amount)
        self.available += amount

    @rule(kind=st.sampled_from(SPENT), amount=AMOUNTS)
    def money_is_spent(self, kind: str, amount: int) -> None:
        assert self.post(kind, amount) is (amount <= self.usable)
        self.available -= amount if amount <= self.usable else 0

    @rule(amount=AMOUNTS)
    def an_order_is_submitted(self, amount: int) -> None:
        data = data_of(BY_NAME["parts_order"]) | {
            "supplier_outlet_code": "AE01", "total_minor": amount, "fund_type": self.account,
            "lines": [{"line_no": 1, "part_id": "P1", "quantity": 1, "unit_price_minor": amount}],
        }  # fmt: skip
        assert self.open("parts_order", None, data, "submitted") is (amount <= self.usable)
        if amount <= self.usable:
            self.available -= amount
            self.held[self.key] = amount

    @precondition(lambda self: self.held)
    @rule(pick=st.randoms(use_true_random=False), share=st.integers(1, 150), is_taken=st.booleans())
    def what_is_held_is_taken_or_given_back(self, pick: Any, share: int, is_taken: bool) -> None:
        order = pick.choice(sorted(self.held))
        amount = max(1, self.held[order] * share // 100)
        fits = amount <= self.held[order]
        assert self.post("debit" if is_taken else "release", amount, order) is fits
        if fits:
            self.held[order] -= amount
            self.available += 0 if is_taken else amount

    @precondition(lambda self: self.held)
    @rule(pick=st.randoms(use_true_random=False))
    def an_order_is_cancelled(self, pick: Any) -> None:
        order = pick.choice(sorted(self.held))
        self.change("parts_order", order, "cancel", 2, {})
        self.available += self.held.pop(order)

    @rule(limit=AMOUNTS)
    def credit_is_granted(self, limit: int) -> None:
        data = {"fund_account_id": self.account, "limit_minor": limit, "currency": "AED"}
        assert self.open("credit_line", None, data | {"valid_from_date": "2020-01-01"})
        self.active.append((self.key, limit))
        self.credit += limit

    @precondition(lambda self: self.active)
    @rule()
    def credit_is_suspended(self) -> None:
        key, limit = self.active.pop()
        self.change("credit_line", key, "suspend", 1, {"suspend_reason": "late"})
        self.credit -= limit

    @invariant()
    def the_balance_is_the_sum_of_the_entries(self) -> None:
        row = self.connection.execute(
            "select available_minor, held_minor from api.fund_balance where fund_account_id = %s",
            [self.account],
        ).fetchone()
        assert row == (self.available, sum(self.held.values()))
        assert self.connection.execute("select * from api.fund_faults()").fetchall() == []


def test_no_sequence_of_postings_unbalances_an_account_or_overspends_it(database: Server):
    with psycopg.connect(database.url(DatabaseRole.APP), autocommit=True) as connection:
        connection.execute("select set_config('dms.scope', 'all', false)")
        outlet = json.dumps(outlet_data("MEA/GULF/AE"))
        connection.execute(
            "select api.open_outlet('all', '{}', 't', '{}', null, null, 'AE01', null, %s, null, %s::jsonb)",
            [BY_NAME["outlet"].opens_in[0], outlet],
        )
        run_state_machine_as_test(
            lambda: Ledger(connection),
            settings=settings(
                max_examples=20,
                stateful_step_count=15,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                database=None,
            ),
        )
