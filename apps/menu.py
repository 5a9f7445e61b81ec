"""Which pages there are, in the order of the menu, and which role has them."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

ANALYSTS = frozenset({"oem_planner", "oem_finance", "oem_quality", "admin"})
MANAGERS = frozenset({"regional_manager"})
DEALERS = frozenset({"dealer_staff"})
QUALITY = frozenset({"oem_quality", "admin"})
ENGINEERS = frozenset({"data_engineer", "admin"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A page: the file below `views/` that shows it, and who has it."""

    section: str
    name: str
    title: str
    icon: str
    roles: frozenset[str]


ENTRIES = (
    Entry("Plan", "forecast_review", "Forecast review", "query_stats", ANALYSTS | MANAGERS),
    Entry("Plan", "plan_grid", "Plan grid", "grid_on", ANALYSTS | MANAGERS),
    Entry(
        "Plan",
        "plan_exceptions",
        "Exceptions",
        "notification_important",
        frozenset({"oem_planner", "admin"}) | MANAGERS,
    ),
    Entry(
        "Plan", "plan_rounds", "Plan rounds", "event_repeat", frozenset({"oem_planner", "admin"}) | MANAGERS
    ),
    Entry("Plan", "value_added", "Forecast value added", "exposure_plus_1", ANALYSTS),
    Entry(
        "Plan",
        "supply_plan",
        "S&OP plan",
        "balance",
        frozenset({"oem_planner", "oem_finance", "admin"}) | MANAGERS,
    ),
    Entry("Network", "attainment", "Target, actual, forecast", "flag", ANALYSTS | MANAGERS | DEALERS),
    Entry("Network", "order_pipeline", "Order pipeline", "local_shipping", ANALYSTS | MANAGERS | DEALERS),
    Entry("Network", "scorecard", "Dealer scorecard", "leaderboard", ANALYSTS | MANAGERS),
    Entry("Network", "dealer_360", "Dealer 360", "storefront", ANALYSTS | MANAGERS | DEALERS),
    Entry("Network", "vehicle_360", "Vehicle 360", "directions_car", ANALYSTS | MANAGERS | DEALERS),
    Entry("Network", "stock_health", "Stock health", "inventory_2", ANALYSTS | MANAGERS | DEALERS),
    Entry("Network", "funnel", "Lead funnel", "filter_alt", ANALYSTS | MANAGERS | DEALERS),
    Entry("Network", "service_and_money", "Service and money", "payments", ANALYSTS | MANAGERS | DEALERS),
    Entry("Network", "market_share", "Market share", "pie_chart", ANALYSTS | MANAGERS),
    Entry("Parts", "suggestion_outcomes", "Suggestion outcomes", "rule_settings", ANALYSTS | MANAGERS),
    Entry("Parts", "policy_whatif", "Policy what-if", "tune", frozenset({"oem_planner", "admin"})),
    Entry("Parts", "network_balance", "Network balance", "hub", ANALYSTS),
    Entry("Parts", "shortage_allocation", "Shortage allocation", "call_split", ANALYSTS | MANAGERS),
    Entry("Customers", "customer_360", "Customer 360", "person_search", QUALITY | DEALERS),
    Entry("Customers", "steward", "Who is who", "join_inner", QUALITY),
    Entry("Data", "runs_and_freshness", "Runs and freshness", "monitor_heart", ENGINEERS | {"oem_planner"}),
    Entry("Data", "quarantine", "Quarantine", "rule", ENGINEERS),
    Entry("Data", "access_and_audit", "Access and audit", "policy", ENGINEERS),
)
OPENS_WITH = {
    "oem_planner": "forecast_review",
    "oem_quality": "steward",
    "regional_manager": "scorecard",
    "dealer_staff": "dealer_360",
}


def entries(role: str) -> list[Entry]:
    return [entry for entry in ENTRIES if role in entry.roles]


def first(role: str) -> str | None:
    """The page that opens after signing in; None for a role without any."""
    return OPENS_WITH.get(role) or next((entry.name for entry in entries(role)), None)


def pages(role: str) -> dict[str, list[st.Page]]:
    """The role's pages by section; nothing else is reachable, whatever the address says."""
    opens_with = first(role)
    sections: dict[str, list[st.Page]] = {}
    for entry in entries(role):
        sections.setdefault(entry.section, []).append(
            st.Page(
                f"views/{entry.name}.py",
                title=entry.title,
                icon=f":material/{entry.icon}:",
                url_path=entry.name,
                default=entry.name == opens_with,
            )
        )
    return sections
