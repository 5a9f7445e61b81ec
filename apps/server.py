"""What serves the pages: Streamlit behind the sign-in (`streamlit run apps/server.py`)."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from apps.sign_in import ROUTES, SignedInFirst

app = st.App(Path(__file__).with_name("home.py"), routes=list(ROUTES), middleware=[Middleware(SignedInFirst)])
