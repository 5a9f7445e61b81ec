"""The outlets' money: accounts, deposits, credit, and what orders of the last months held and cost.

In: the orders of the history. Out: fund accounts, credit lines and entries whose holds and debits name the
orders they are for; nobody has less than nothing plus credit. The ledger began `FUNDS_DAYS` before today.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from pipelines.demo.brand import MARKETS
from pipelines.demo.catalogue import FINANCE
from pipelines.demo.clock import Clock
from pipelines.demo.events import Books
from pipelines.demo.network import Outlet

FUNDS_DAYS = 120
_EVERY_DAYS = 14  # between deposits
_PAID_PERCENT, _PAID_BY_DRAWERS_PERCENT = (
    97,
    70,
)  # of what orders cost; who draws pays late, and lives on credit
_DRAWS_EVERY, _DRAWN_PERCENT = 3, 55  # of credit accounts; at most, of the line
_FUND_TYPES = ("cash", "credit", "acceptance_bill")
_CREDIT = "credit"
_ONE_CAR_USD, _ONE_ORDER_USD = 40_000, 1_000  # everybody can pay for one more today, with credit
_LEAST_LIMIT_USD = {"vehicle": 100, "parts": 5}  # thousands
_ENTRY = ("key", "outlet_id", "at", "by", "kind", "amount_minor", "currency", "cause", "cause_key", "note")


def write_funds(
    books: Books, later: Books, outlets: list[Outlet], clock: Clock, orders: pl.DataFrame
) -> None:
    """Accounts and credit into `books`; entries into those of `later`, for they need both."""
    began = clock.cut - timedelta(days=FUNDS_DAYS)
    accounts = _accounts(outlets)
    due = orders.filter(pl.col("held_at") >= began).join(
        accounts, on=["outlet_id", "earmark", "fund_type"], how="inner"
    )
    spent = _spent(due)
    deposits = _deposits(due, began, clock.cut)
    limits = _limits(accounts, due)
    opening = _openings(accounts, limits, spent, deposits, began)
    _write_accounts(books, accounts, limits, began)
    entries = pl.concat([opening, deposits, spent]).filter(pl.col("amount_minor") > 0)
    entries = entries.sort("at", "rank", "account", "cause_key", "kind").with_columns(
        number=pl.int_range(1, pl.len() + 1).over("account")
    )
    later["fund_entry"].open(
        entries.join(accounts.select("account", "outlet_id", "currency"), on="account", maintain_order="left")
        .with_columns(
            key=pl.format("FE-{}-{}", pl.col("account").str.strip_prefix("FA-"), "number"),
            by=pl.lit(FINANCE),
        )
        .select(*_ENTRY, fund_account_id="account")
    )


def account_key(outlet: str, fund_type: str, earmark: str) -> str:
    return f"FA-{outlet}-{fund_type}-{earmark}".replace("_", "-")


def _accounts(outlets: list[Outlet]) -> pl.DataFrame:
    """account, outlet, fund type, earmark, currency, dollar (minor units of one), draws: lives on credit."""
    rows = []
    for outlet in outlets:
        wanted = [(fund, "vehicle") for fund in _FUND_TYPES] if outlet.sells else []
        wanted += [(_CREDIT, "parts")] if outlet.serves else []
        market = MARKETS[outlet.market]
        for fund, earmark in wanted:
            key = account_key(outlet.code, fund, earmark)
            rate = int(10**market.minor_digits * max(market.usd_rate, 1.0))
            rows.append((key, outlet.code, fund, earmark, market.currency, rate))
    names = ("account", "outlet_id", "fund_type", "earmark", "currency", "dollar")
    found = pl.DataFrame(rows, schema=names, orient="row")
    nth = pl.int_range(pl.len()).over("fund_type")
    return found.with_columns(draws=(pl.col("fund_type") == _CREDIT) & (nth % _DRAWS_EVERY == 1))


def _spent(due: pl.DataFrame) -> pl.DataFrame:
    """Holds, and what became of them."""
    holds = due.select("account", at="held_at", kind=pl.lit("hold"), amount_minor="amount", cause="document",
                       cause_key="key", note=pl.lit(None, pl.String), rank=pl.lit(1))  # fmt: skip
    ends = due.filter(pl.col("ended_at").is_not_null()).select(
        "account", at="ended_at", kind="ended", amount_minor="amount", cause="document", cause_key="key",
        note=pl.lit(None, pl.String), rank=pl.lit(2),
    )  # fmt: skip
    return pl.concat([holds, ends])


def _deposits(due: pl.DataFrame, began: datetime, cut: datetime) -> pl.DataFrame:
    """Every two weeks nearly what the next two weeks' orders cost, or what the outlet can pay of it."""
    period = ((pl.col("held_at") - began).dt.total_days() // _EVERY_DAYS).alias("period")
    share = pl.when(pl.col("draws")).then(_PAID_BY_DRAWERS_PERCENT).otherwise(_PAID_PERCENT)
    paid = due.group_by("account", period, "draws").agg(cost=pl.col("amount").sum())
    paid = paid.with_columns(amount_minor=pl.col("cost") * share // 100)
    return paid.select(
        "account",
        at=(pl.lit(began).dt.offset_by("8h") + pl.duration(days=pl.col("period") * _EVERY_DAYS)).cast(
            pl.Datetime("us", "UTC")
        ),
        kind=pl.lit("receipt"),
        amount_minor="amount_minor",
        cause=pl.lit(None, pl.String),
        cause_key=pl.lit(None, pl.String),
        note=pl.lit("bank transfer"),
        rank=pl.lit(0),
    ).filter(pl.col("at") < cut)


def _limits(accounts: pl.DataFrame, due: pl.DataFrame) -> pl.DataFrame:
    """account, limit: a month of orders, to a round thousand dollars' worth, and room for cars that are not
    sold yet; none for other fund types."""
    month = due.group_by("account").agg((pl.col("amount").sum() * 30 // FUNDS_DAYS).alias("month"))
    known = accounts.join(month, on="account", how="left").with_columns(pl.col("month").fill_null(0))
    round_to = pl.col("dollar") * 1000
    least = pl.col("earmark").replace_strict(_LEAST_LIMIT_USD, return_dtype=pl.Int64)
    return known.filter(pl.col("fund_type") == _CREDIT).select(
        "account", limit=(pl.max_horizontal("month", round_to * least) // round_to + 1) * round_to
    )


def _openings(
    accounts: pl.DataFrame, limits: pl.DataFrame, spent: pl.DataFrame, deposits: pl.DataFrame, began: datetime
) -> pl.DataFrame:
    """What was on the account when the ledger began: enough, sometimes only just, with the credit line."""
    sign = pl.when(pl.col("kind") == "hold").then(-1).when(pl.col("kind") == "debit").then(0).otherwise(1)
    walk = pl.concat([deposits, spent]).sort("at", "rank").with_columns(change=sign * pl.col("amount_minor"))
    lowest = walk.group_by("account").agg(
        pl.col("change").cum_sum().min().alias("lowest"), pl.col("change").sum().alias("last")
    )
    every = accounts.join(limits, on="account", how="left").join(lowest, on="account", how="left")
    every = every.with_columns(pl.col("limit", "lowest", "last").fill_null(0))
    drawn = -pl.col("limit") * _DRAWN_PERCENT // 100
    buffer = pl.when(pl.col("draws")).then(drawn).otherwise(pl.col("dollar") * 20_000)
    today = pl.when(pl.col("earmark") == "vehicle").then(_ONE_CAR_USD).otherwise(_ONE_ORDER_USD)
    for_today = today * pl.col("dollar") - pl.col("limit") - pl.col("last")
    needed = pl.max_horizontal((-pl.col("lowest")).clip(0) + buffer, for_today)
    return every.select(
        "account",
        at=pl.lit(began).cast(pl.Datetime("us", "UTC")),
        kind=pl.lit("receipt"),
        amount_minor=pl.max_horizontal(needed, pl.col("dollar") * 2_000).cast(pl.Int64),
        cause=pl.lit(None, pl.String),
        cause_key=pl.lit(None, pl.String),
        note=pl.lit("balance brought forward"),
        rank=pl.lit(0),
    )


def _write_accounts(books: Books, accounts: pl.DataFrame, limits: pl.DataFrame, began: datetime) -> None:
    opened = pl.lit(
        np.datetime64((began - timedelta(hours=2)).replace(tzinfo=None), "us")
    ).dt.replace_time_zone("UTC")
    books["fund_account"].open(
        accounts.select("outlet_id", "fund_type", "earmark", "currency", key="account").with_columns(
            at=opened, by=pl.lit(FINANCE)
        )
    )
    lines = accounts.join(limits, on="account", maintain_order="left")
    books["credit_line"].open(
        lines.select(
            "outlet_id",
            "currency",
            key=pl.col("account").str.replace("FA-", "CL-"),
            fund_account_id="account",
            limit_minor="limit",
            valid_from_date=pl.lit(began.date()),
            at=opened,
            by=pl.lit(FINANCE),
        )
    )
