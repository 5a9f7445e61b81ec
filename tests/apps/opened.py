"""A page opened in a test: where the pages begin, and everything one of them says."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

HOME = Path(__file__).parents[2] / "apps" / "home.py"
SECONDS = 60


def texts(app: AppTest) -> str:
    """Everything the page says in words."""
    parts = [*app.markdown, *app.caption, *app.info, *app.error, *app.warning, *app.success, *app.title]
    return "\n".join(str(p.value) for p in parts)
