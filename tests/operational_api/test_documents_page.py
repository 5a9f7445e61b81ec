"""The page of document types is what is declared."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from operational_api.documents import DOCUMENTS

pytestmark = pytest.mark.fast
SCRIPT = Path(__file__).parents[2] / "docs" / "write_documents.py"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_documents", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGE = load()


def test_the_page_of_document_types_is_what_is_declared():
    assert PAGE.PAGE.read_text() == PAGE.page(), "run: python docs/write_documents.py"


def test_every_type_has_a_diagram_with_every_step():
    text = PAGE.page()
    assert sorted(re.findall(r"^### (\w+)$", text, re.MULTILINE)) == sorted(d.name for d in DOCUMENTS)
    assert text.count("stateDiagram-v2") == len(DOCUMENTS)
    steps = sum(len(d.opens_in) + sum(len(m.sources) for m in d.moves) for d in DOCUMENTS)
    assert text.count(" --> ") == steps
