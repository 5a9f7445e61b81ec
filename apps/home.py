"""The script of the pages: who is signed in, and the menu of that role."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import streamlit as st

from apps import menu, session, words
from pipelines.settings import Settings, read_settings

# A file of ours: Streamlit would fetch a named icon from the internet.
ICON = Path(__file__).parent / "icon.png"
# Streamlit's own margins leave two thirds of a laptop's screen to figures; this leaves most of it.
DENSE = """<style>
[data-testid="stMainBlockContainer"] {padding: 2.4rem 2.2rem 3rem}
[data-testid="stMetric"] {padding: .6rem .8rem}
[data-testid="stHeader"] {background: transparent}
a.dms-leave {display: inline-block; padding: .3rem .8rem; border: 1px solid #b6c1cb; border-radius: .4rem;
  color: #1b2733; background: #fff; text-decoration: none}
/* months of a table wider than a phone: labels stay, four months stand beside them, none cut in two */
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] {--side: 1rem; --labels: 7.2rem;
    --month: calc((100vw - 2 * var(--side) - var(--labels)) / 4); padding: 2.4rem var(--side) 3rem}
  .st-key-months [data-testid="stTable"] > div {overflow-x: auto; scroll-snap-type: x mandatory;
    scroll-padding-left: var(--labels)}
  .st-key-months table {table-layout: fixed; width: max-content}
  .st-key-months :is(th, td) {box-sizing: border-box; width: var(--month); padding: .3rem .2rem;
    font-size: .8rem; overflow-wrap: break-word; white-space: normal; scroll-snap-align: start}
  .st-key-months :is(th, td):first-of-type {position: sticky; left: 0; z-index: 1; width: var(--labels);
    background: #fff; scroll-snap-align: none}
}
a.dms-leave:hover, a.dms-leave:focus-visible {color: #0b5fa5; border-color: #0b5fa5}
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
        signed_out()
    else:
        signed_in(known, settings)


def signed_out() -> None:
    """The token ran out while the page was open; opening it anew asks for the password and comes back."""
    st.title("Sign in", anchor=False)
    st.info("You are not signed in, or no longer. Nothing you saved is lost.")
    here = st.context.url or "/"
    way_back = quote(f"/{here.split('/', 3)[-1]}" if here.count("/") > 2 else "/")
    st.html(f'<a class="dms-leave" href="/sign-in?next={way_back}" target="_self">Sign in</a>')


def signed_in(known: session.User, settings: Settings) -> None:
    # a planner has more pages than Streamlit shows unasked; what is folded away is not found
    page = st.navigation(menu.pages(known.role), expanded=True)
    with st.sidebar:
        st.caption(f"**{known.subject}**  \n{words.ROLES.get(known.role, known.role)} · {known.scope}")
        if known.role in menu.DEALERS:
            st.link_button(
                "Suggestions and daily work", f"{settings.api_url}/desk", icon=":material/shopping_cart:"
            )
        if known.role in menu.ENGINEERS:
            st.link_button("Dagster", settings.dagster_url, icon=":material/account_tree:")
        st.html('<a class="dms-leave" href="/sign-out" target="_self">Sign out</a>')
    page.run()


main()
