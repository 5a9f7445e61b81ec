"""What the page of service and money concludes from the marts: pure, frame to frame."""

from __future__ import annotations

from typing import Any

import polars as pl

from apps import words

SHORT_SHARE = 0.25  # less than this part of a credit line left is short


def positions(accounts: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Latest balances by outlet and currency, the shortest first.

    accounts: mart_fund_position, latest days. names: outlet_id, name. Out: outlet_id, name, currency,
    cash_minor, held_minor, credit_minor, usable_minor, credit_use (null without credit), is_short.
    """
    sums = pl.col("cash_minor", "held_minor", "credit_minor", "usable_minor", "credit_used_minor").sum()
    found = accounts.group_by("outlet_id", "currency").agg(sums)
    use = pl.when(pl.col("credit_minor") > 0).then(pl.col("credit_used_minor") / pl.col("credit_minor"))
    return (
        found.with_columns(credit_use=use)
        .with_columns(is_short=(pl.col("credit_use") > 1 - SHORT_SHARE).fill_null(value=False))
        .join(names.select("outlet_id", "name"), on="outlet_id", how="left")
        .sort(pl.col("credit_use").fill_null(-1), "outlet_id", descending=[True, False])
    )


def late_payers(invoices: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """What is overdue by outlet: name, currency, invoices, overdue_minor, oldest_days; most days first."""
    late = invoices.filter(pl.col("overdue_minor") > 0)
    return (
        late.group_by("outlet_id", "currency")
        .agg(
            invoices=pl.len(),
            overdue_minor=pl.col("overdue_minor").sum(),
            oldest_days=pl.col("overdue_days").max(),
        )
        .join(names.select("outlet_id", "name"), on="outlet_id", how="left")
        .sort("oldest_days", "outlet_id", descending=[True, False])
    )


def actions(cars: pl.DataFrame) -> pl.DataFrame:
    """Recalls and campaigns over all outlets seen, with the share done; most open cars first."""
    summed = cars.group_by("service_action_id", "title", "action_kind", "announced_date").agg(
        pl.col("cars", "done_cars", "open_cars", "unreachable_cars").sum()
    )
    reachable = pl.col("cars") - pl.col("unreachable_cars")
    return summed.with_columns(share=pl.when(reachable > 0).then(pl.col("done_cars") / reachable)).sort(
        "open_cars", "service_action_id", descending=[True, False]
    )


def refusals(claims: pl.DataFrame) -> pl.DataFrame:
    """Why claims were cut or rejected: reason, claims, lost (asked, not granted; by currency)."""
    cut = claims.filter(pl.col("decision").is_in(["part_approved", "rejected"]))
    lost = pl.col("asked_minor") - pl.col("approved_minor").fill_null(0)
    amount = pl.struct(minor="lost_minor", currency="currency")
    return (
        cut.with_columns(lost_minor=lost)
        .group_by(pl.col("reason").fill_null("none given"), "currency")
        .agg(claims=pl.len(), lost_minor=pl.col("lost_minor").sum())
        .sort("currency")
        .with_columns(lost=amount.map_elements(_said, return_dtype=pl.String))
        .group_by("reason", maintain_order=True)
        .agg(pl.col("claims").sum(), pl.col("lost").str.join(" · "))
        .sort("claims", "reason", descending=[True, False])
    )


def _said(amount: dict[str, Any]) -> str:
    return words.money(amount["minor"], amount["currency"])


def claim_ages(claims: pl.DataFrame, as_of: object) -> pl.DataFrame:
    """Undecided claims by days since they were sent: bucket, claims, asked_minor, currency."""
    waits = claims.filter(~pl.col("is_decided") & pl.col("submitted_date").is_not_null()).with_columns(
        days=(pl.lit(as_of) - pl.col("submitted_date")).dt.total_days()
    )
    bucket = pl.when(pl.col("days") <= 7).then(pl.lit("0-7")).when(pl.col("days") <= 30).then(
        pl.lit("8-30")).otherwise(pl.lit("31+"))  # fmt: skip
    return (
        waits.group_by(bucket.alias("bucket"), "currency")
        .agg(claims=pl.len(), asked_minor=pl.col("asked_minor").sum())
        .sort("bucket", "currency")
    )


def waiting(approvals: pl.DataFrame) -> pl.DataFrame:
    """Approvals by type: document_type, waiting, oldest_days, decided, hours (median), by itself."""
    open_now = pl.col("state") == "open"
    return (
        approvals.group_by("document_type")
        .agg(
            waiting=open_now.sum(),
            oldest_days=pl.col("waiting_days").filter(open_now).max(),
            decided=pl.col("lead_hours").count(),
            hours=pl.col("lead_hours").median(),
            automatic=pl.col("is_automatic").sum(),
        )
        .sort("waiting", "document_type", descending=[True, False])
    )


def carrying(accounts: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Last month by outlet: gross of service and parts over the expense of the house; lowest first."""
    last = accounts.filter(pl.col("statement_month") == pl.col("statement_month").max())
    aftersales = pl.col("department").is_in(["service", "parts"])
    return (
        last.group_by("outlet_id", "currency", "statement_month")
        .agg(
            gross_minor=pl.col("gross_minor").filter(aftersales).sum(),
            expense_minor=pl.col("expense_minor").sum(),
        )
        .filter((pl.col("gross_minor") > 0) & (pl.col("expense_minor") > 0))
        .with_columns(absorption=pl.col("gross_minor") / pl.col("expense_minor"))
        .join(names.select("outlet_id", "name"), on="outlet_id", how="left")
        .sort("absorption", "outlet_id")
    )


def contacts(tasks: pl.DataFrame) -> pl.DataFrame:
    """Contact tasks by rule: rule_code, due, punctual (share), overdue; most overdue first."""
    summed = tasks.group_by("rule_code").agg(
        pl.col("due_tasks", "punctual_tasks", "skipped_tasks", "overdue_tasks").sum()
    )
    asked = pl.col("due_tasks") - pl.col("skipped_tasks")
    return summed.with_columns(punctual=pl.when(asked > 0).then(pl.col("punctual_tasks") / asked)).sort(
        "overdue_tasks", "rule_code", descending=[True, False]
    )
