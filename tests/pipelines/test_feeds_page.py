"""The page of feeds is what is declared."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

pytestmark = pytest.mark.fast
SCRIPT = Path(__file__).parents[2] / "docs" / "write_feeds.py"


def test_the_page_of_feeds_is_what_is_declared() -> None:
    spec = importlib.util.spec_from_file_location("write_feeds", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text() == module.page(), "run: python docs/write_feeds.py"
