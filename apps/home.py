"""Entry point of the pages: settings, sign-in, and the menu of the role that signed in."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from apps import menu, session, words
from apps.api_client import ApiProblem, ApiUnreachable
from pipelines.settings import Settings, read_settings

# A file of ours: Streamlit would fetch a named icon from the internet.
ICON = Path(__file__).parent / "icon.png"
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
        signed_in(known, settings)


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


def signed_in(known: session.User, settings: Settings) -> None:
    page = st.navigation(menu.pages(known.role))
    with st.sidebar:
        st.caption(f"**{known.subject}**  \n{words.ROLES.get(known.role, known.role)} · {known.scope}")
        if known.role in menu.DEALERS:
            st.link_button(
                "Suggestions and daily work", f"{settings.api_url}/desk", icon=":material/shopping_cart:"
            )
        if known.role in menu.ENGINEERS:
            st.link_button("Dagster", settings.dagster_url, icon=":material/account_tree:")
        st.button("Sign out", on_click=session.sign_out, icon=":material/logout:")
    page.run()


main()
