"""What serves the pages: Streamlit behind the sign-in (`streamlit run apps/server.py`)."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from apps.sign_in import SignedInFirst, routes
from pipelines.settings import read_settings

app = st.App(
    Path(__file__).with_name("home.py"),
    routes=routes(read_settings().api_url),
    middleware=[Middleware(SignedInFirst)],
)
