"""Who may sign in to the demo: one login per role and language. Never for real data."""

from __future__ import annotations

from dataclasses import dataclass, field

import asyncpg

from operational_api.accounts import create_account
from operational_api.document import Grant

DEMO_PASSWORD = "demo-only-change-me"  # noqa: S105 (public on purpose: the demo holds nobody's data)
ADMIN = "admin.demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """One login of the demo."""

    subject: str
    role: str
    language: str
    scope: str  # what it sees, in words
    positions: tuple[Grant, ...] = ()
    outlets: tuple[str, ...] | None = None
    region_path: str | None = None
    password: str = field(default=DEMO_PASSWORD, repr=False)


def _dealer(subject: str, language: str, outlet: str, *positions: Grant) -> DemoAccount:
    held = ", ".join(p.value.replace("_", " ") for p in positions)
    return DemoAccount(
        subject=subject,
        role="dealer_staff",
        language=language,
        scope=f"{outlet} ({held})",
        positions=positions,
        outlets=(outlet,),
    )


DEMO_ACCOUNTS: tuple[DemoAccount, ...] = (
    _dealer("parts.ae", "ar", "AE-D01", Grant.PARTS),
    _dealer("consultant.ae", "en", "AE-D01", Grant.CONSULTANT),
    _dealer("manager.ae", "en", "AE-D01", Grant.DEALER_MANAGER),
    _dealer("manager.th", "th", "TH-D01", Grant.DEALER_MANAGER),
    _dealer("parts.br", "pt", "BR-D01", Grant.PARTS),
    _dealer("advisor.cl", "es", "CL-D01", Grant.ADVISOR),
    _dealer("manager.de", "de", "DE-D01", Grant.DEALER_MANAGER),
    DemoAccount(
        subject="region.mea",
        role="regional_manager",
        language="en",
        scope="outlets below MEA",
        region_path="MEA",
    ),
    DemoAccount(subject="planner.demo", role="oem_planner", language="en", scope="every outlet"),
    DemoAccount(subject="finance.demo", role="oem_finance", language="en", scope="every outlet"),
    DemoAccount(subject="quality.demo", role="oem_quality", language="en", scope="every outlet"),
    DemoAccount(
        subject="engineer.demo",
        role="data_engineer",
        language="en",
        scope="runs and quality, no personal fields",
    ),
    DemoAccount(subject=ADMIN, role="admin", language="en", scope="everything"),
)


async def create_demo_accounts(connection: asyncpg.Connection) -> None:
    """Create or reset every demo login, as the schema's owner."""
    for account in DEMO_ACCOUNTS:
        await create_account(
            connection,
            subject=account.subject,
            password=account.password,
            role=account.role,
            positions=account.positions,
            outlets=account.outlets,
            region_path=account.region_path,
            language=account.language,
        )
