"""Entry point of the pages: settings, sign-in, and the menu of the role that signed in."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from apps import session, words
from apps.api_client import ApiProblem, ApiUnreachable
from pipelines.settings import read_settings

ANALYSTS = {"oem_planner", "oem_finance", "oem_quality", "admin"}
DEALERS = {"dealer_staff"}
MANAGERS = {"regional_manager"}
ENGINEERS = {"data_engineer", "admin"}
# A file of ours: Streamlit would fetch a named icon from the internet.
ICON = Path(__file__).parent / "icon.png"

# In the order of the menu: section, file, title, icon, who has it. The first of a role opens first.
PAGES = (
    ("Plan", "forecast_review", "Forecast review", "query_stats", ANALYSTS | MANAGERS),
    ("Network", "scorecard", "Dealer scorecard", "leaderboard", ANALYSTS | MANAGERS),
    ("Network", "dealer_360", "Dealer 360", "storefront", ANALYSTS | MANAGERS | DEALERS),
    ("Network", "stock_health", "Stock health", "inventory_2", ANALYSTS | MANAGERS | DEALERS),
    ("Network", "funnel", "Lead funnel", "filter_alt", ANALYSTS | MANAGERS | DEALERS),
    ("Data", "runs_and_freshness", "Runs and freshness", "monitor_heart", ENGINEERS | {"oem_planner"}),
    ("Data", "quarantine", "Quarantine", "rule", ENGINEERS),
)
OPENS_WITH = {
    "regional_manager": "scorecard",
    "data_engineer": "runs_and_freshness",
    "dealer_staff": "dealer_360",
}


def menu(role: str) -> dict[str, list[st.Page]]:
    """The role's pages by section; nothing else is reachable, whatever the address says."""
    first = OPENS_WITH.get(role, "forecast_review")
    sections: dict[str, list[st.Page]] = {}
    for section, name, title, icon, roles in PAGES:
        if role in roles:
            sections.setdefault(section, []).append(
                st.Page(
                    f"views/{name}.py",
                    title=title,
                    icon=f":material/{icon}:",
                    url_path=name,
                    default=name == first,
                )
            )
    return sections


def sign_in_form() -> None:
    _, middle, _ = st.columns([1, 1.2, 1])
    with middle:
        st.title("Sign in", anchor=False)
        st.caption("Planning, network performance and data quality. Dealers' daily work is at /desk.")
        with st.form("sign_in"):
            username = st.text_input("User name", autocomplete="username")
            password = st.text_input("Password", type="password", autocomplete="current-password")
            sent = st.form_submit_button("Sign in", type="primary", width="stretch")
        if sent:
            _try_sign_in(username, password)


def _try_sign_in(username: str, password: str) -> None:
    if not username or not password:
        st.error("Give a user name and a password.")
        return
    try:
        session.sign_in(username, password)
    except ApiProblem as problem:
        st.error(problem.detail)
    except ApiUnreachable as away:
        st.error(f"{away}. Start everything with `dms up`.")
    else:
        st.rerun()


def signed_in(known: session.User, desk_url: str, dagster_url: str) -> None:
    page = st.navigation(menu(known.role))
    with st.sidebar:
        st.caption(f"**{known.subject}**  \n{words.ROLES.get(known.role, known.role)} · {known.scope}")
        if known.role == "dealer_staff":
            st.link_button("Suggestions and daily work", desk_url, icon=":material/shopping_cart:")
        if known.role in ENGINEERS:
            st.link_button("Dagster", dagster_url, icon=":material/account_tree:")
        st.button("Sign out", on_click=session.sign_out, icon=":material/logout:")
    page.run()


# Streamlit's own margins leave two thirds of a laptop's screen to figures; this leaves most of it.
DENSE = """<style>
[data-testid="stMainBlockContainer"] {padding: 2.4rem 2.2rem 3rem}
[data-testid="stMetric"] {padding: .6rem .8rem}
[data-testid="stHeader"] {background: transparent}
</style>"""


def main() -> None:
    settings = read_settings()
    st.set_page_config(
        page_title=words.PRODUCT, page_icon=str(ICON), layout="wide", initial_sidebar_state=230
    )
    st.html(DENSE)
    session.start(settings.api_url)
    known = session.user()
    if known is None:
        sign_in_form()
    else:
        signed_in(known, f"{settings.api_url}/desk", settings.dagster_url)


main()
