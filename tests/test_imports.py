"""The import law: apps -> pipelines -> operational_api; libraries know nobody; leaves import nothing.

Read with `ast`, so that imports inside functions count and nothing has to be importable.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parent.parent
OURS = frozenset({"apps", "pipelines", "operational_api", "forecasting", "models"})
LEAVES = frozenset(
    {
        "operational_api.document",
        "operational_api.consequence",
        "operational_api.effect",
        "pipelines.snapshot",
        "pipelines.settings",
    }
)
# The declaration of a type has two more leaves: what it asks of other types, and what it brings about.
SECOND = ("operational_api.consequence", "operational_api.effect")
DECLARE = ("operational_api.document", *SECOND, "operational_api.documents")
MAY_IMPORT = {
    "apps": {"apps", "pipelines", "operational_api", "forecasting"},
    "pipelines": {"pipelines", "operational_api", "forecasting", "models"},
    "operational_api": {"operational_api"},
    "forecasting": {"forecasting"},
    "models": {"models"},
}
LIBRARIES = frozenset({"forecasting", "models"})
FOREIGN_TO_LIBRARIES = frozenset(
    {
        "adbc_driver_manager", "adbc_driver_postgresql", "asyncpg", "dagster", "dagster_dbt", "dbt", "duckdb",
        "fastapi", "psycopg", "sqlalchemy", "starlette", "streamlit",
    }
)  # fmt: skip
# DuckDB as a library, in memory and without a server: one module of models/ may open it.
IN_PROCESS = {("models.identity.session", "duckdb")}
ENTRY_POINTS = frozenset(
    {
        "apps.home", "apps.server", "operational_api.app", "pipelines.cli", "pipelines.commands_on_files",
        "pipelines.commands_on_records", "pipelines.definitions", "pipelines.settings",
    }
)  # fmt: skip


def imported(tree: ast.Module) -> Iterator[str]:
    """Every imported name, dotted: `from a.b import c` is a.b.c."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports here are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reads_environment(tree: ast.Module) -> bool:
    """`os.getenv(...)`, `os.environ.get(...)`, `os.environ[...]`; handing all of it to a child is fine."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.getenv", "os.environ.get"}:
            return True
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            return True
    return False


def is_in(name: str, module: str) -> bool:
    """Whether `name` is the module or something in it."""
    return name == module or name.startswith(f"{module}.")


def violations(module: str, source: str) -> list[str]:
    """What the law forbids in the source of `module`, one sentence each."""
    tree = ast.parse(source)
    package = module.split(".")[0]
    found = []
    for name in imported(tree):
        top = name.split(".")[0]
        shared = any(is_in(name, leaf) for leaf in LEAVES)
        if package in LIBRARIES and top in FOREIGN_TO_LIBRARIES and (module, top) not in IN_PROCESS:
            found.append(f"{module} imports {name}: a library knows no {top}")
        if is_in(name, "pipelines.settings.read_settings") and module not in ENTRY_POINTS:
            found.append(f"{module} imports {name}: only entry points read the environment")
        if top not in OURS:
            continue
        if module == "operational_api.document" and any(is_in(name, leaf) for leaf in SECOND):
            continue
        if module in LEAVES:
            found.append(f"{module} imports {name}: a leaf imports nothing of ours")
        elif is_in(module, "operational_api.documents"):
            if not any(is_in(name, leaf) for leaf in DECLARE):
                found.append(f"{module} imports {name}: a declaration imports only document.py")
        elif top not in MAY_IMPORT[package] and not (shared and package not in LIBRARIES):
            found.append(f"{module} imports {name}: against the flow")
    if reads_environment(tree) and module != "pipelines.settings":
        found.append(f"{module} reads the environment: that is settings.py's work")
    return found


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_every_module_of_ours_obeys_the_import_law():
    sources = [path for package in sorted(OURS) for path in sorted((ROOT / package).rglob("*.py"))]
    assert len(sources) > 10
    assert [line for path in sources for line in violations(module_name(path), path.read_text())] == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("operational_api.routes", "from pipelines.run import run"),
        ("operational_api.routes", "def late():\n    import pipelines.warehouse"),
        ("operational_api.routes", "import apps.home"),
        ("pipelines.run", "from apps import words"),
        ("operational_api.document", "from operational_api import access"),
        ("operational_api.documents.lead", "from operational_api.access import Actor"),
        ("pipelines.snapshot", "from pipelines.settings import Settings"),
        ("pipelines.settings", "import operational_api.document"),
        ("forecasting.frames", "import dagster as dg"),
        ("forecasting.frames", "from pipelines.settings import Settings"),
        ("models.identity.fit", "import duckdb"),
        ("models.identity.fit", "from forecasting import frames"),
        ("pipelines.extract", "from pipelines.settings import read_settings"),
        ("operational_api.access", "import os\nkey = os.environ['DMS_KEY']"),
        ("pipelines.run", "import os\nkey = os.environ.get('DMS_KEY')"),
        ("apps.home", "import os\nkey = os.getenv('DMS_KEY')"),
    ],
)
def test_a_violation_is_caught(module: str, source: str):
    assert len(violations(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("operational_api.insights", "from pipelines.snapshot import Snapshot"),
        ("operational_api.app", "from pipelines.settings import read_settings"),
        ("apps.home", "from pipelines.settings import read_settings"),
        ("pipelines.contracts", "from operational_api.document import Document"),
        ("pipelines.forecast", "from forecasting.backtest import backtest"),
        ("pipelines.services", "import os\nchild = {**os.environ, 'DMS_API_PORT': '1'}"),
        ("operational_api.documents.lead", "from operational_api.document import Document"),
        ("models.identity.session", "import duckdb"),
        ("forecasting.choose", "import polars as pl\nfrom forecasting.losses import mase"),
    ],
)
def test_what_the_flow_needs_is_allowed(module: str, source: str):
    assert violations(module, source) == []
