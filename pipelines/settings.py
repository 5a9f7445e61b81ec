"""The environment, read in one place, once, into a frozen object.

In: `DMS_*` variables and the folder of the clone. Out: `Settings`, which entry points pass down.
This module is a leaf: standard library only. Only entry points import it.
"""

from __future__ import annotations

import os
import secrets
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
_SCHEMES = frozenset({"postgresql", "postgres"})


class SettingsError(ValueError):
    """A variable holds what we cannot use; says which, and the command that sets it."""

    def __init__(self, variable: str, problem: str, remedy: str) -> None:
        super().__init__(f"{variable}: {problem}. Set it with: export {variable}={remedy}")
        self.variable = variable


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where things are. Paths are absolute; nothing is created by reading them."""

    root: Path
    data_dir: Path
    database_url: str | None  # None: the embedded PostgreSQL below `data_dir`
    role_urls: Mapping[str, str]  # by database role; set by whoever started the database for us
    api_port: int
    dagster_port: int
    apps_port: int
    requests_per_minute: int = 12_000  # of one caller, in one process of the API; 0: no limit

    @property
    def raw_dir(self) -> Path:
        """Extracted feeds: Parquet, append-only."""
        return self.data_dir / "raw"

    @property
    def clean_dir(self) -> Path:
        """Rows that met their contract, and the quarantine of those that did not."""
        return self.data_dir / "clean"

    @property
    def feeds_dir(self) -> Path:
        """Accepted rows of file feeds that are no documents."""
        return self.data_dir / "feeds"

    @property
    def archive_dir(self) -> Path:
        """Vintages of the plan as published; append-only, never swept."""
        return self.data_dir / "archive"

    @property
    def inbox_dir(self) -> Path:
        """Files handed in by dealers and desks, kept as received."""
        return self.data_dir / "inbox"

    @property
    def warehouse_path(self) -> Path:
        """The DuckDB file. Only the pipeline opens it."""
        return self.data_dir / "warehouse.duckdb"

    @property
    def identity_dir(self) -> Path:
        """What the resolution of customers keeps between runs: golden ids, models, keys."""
        return self.data_dir / "identity"

    @property
    def snapshots_dir(self) -> Path:
        """Published snapshots and the pointer `current`."""
        return self.data_dir / "snapshots"

    @property
    def log_dir(self) -> Path:
        return self.data_dir / "logs"

    @property
    def dagster_home(self) -> Path:
        return self.data_dir / "dagster"

    @property
    def postgres_dir(self) -> Path:
        """Home of the embedded PostgreSQL, unless its user cannot come here (`postgres.home`)."""
        return self.data_dir / "postgres"

    @property
    def secrets_dir(self) -> Path:
        """Mode 0700; each file in it 0600."""
        return self.data_dir / "secrets"

    @property
    def signing_key_path(self) -> Path:
        """Ed25519 private key that signs tokens."""
        return self.secrets_dir / "token-signing-key.pem"

    @property
    def database_passwords_path(self) -> Path:
        return self.secrets_dir / "database-passwords.json"

    @property
    def cookie_secret_path(self) -> Path:
        """Secret that signs the pages' session cookie."""
        return self.secrets_dir / "cookie-secret"

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.api_port}"

    @property
    def dagster_url(self) -> str:
        return f"http://127.0.0.1:{self.dagster_port}"

    @property
    def apps_url(self) -> str:
        return f"http://127.0.0.1:{self.apps_port}"

    def role_url(self, role: str) -> str:
        """URL of the database as `role`, as handed down by whoever started it."""
        if role not in self.role_urls:
            variable = _role_variable(role)
            raise SettingsError(
                variable,
                "is not set; `dms up` and `dms run` start the database and set it",
                f"postgresql://{role}:PASSWORD@HOST/DATABASE",
            )
        return self.role_urls[role]

    def environment(self) -> dict[str, str]:
        """What a child process needs in its environment to read these same settings."""
        own = {
            "DMS_DATA_DIR": str(self.data_dir),
            "DMS_API_PORT": str(self.api_port),
            "DMS_DAGSTER_PORT": str(self.dagster_port),
            "DMS_APPS_PORT": str(self.apps_port),
            "DMS_REQUESTS_PER_MINUTE": str(self.requests_per_minute),
        }
        if self.database_url is not None:
            own["DMS_DATABASE_URL"] = self.database_url
        return own | {_role_variable(role): url for role, url in self.role_urls.items()}


def read_settings(environ: Mapping[str, str] | None = None, *, root: Path = ROOT) -> Settings:
    """Settings of this process. Raises SettingsError naming the variable and its remedy."""
    given = os.environ if environ is None else environ
    return Settings(
        root=root,
        data_dir=_folder(given, "DMS_DATA_DIR", root / ".data"),
        database_url=_database_url(given, "DMS_DATABASE_URL"),
        role_urls=_role_urls(given),
        api_port=_port(given, "DMS_API_PORT", 8800),
        dagster_port=_port(given, "DMS_DAGSTER_PORT", 8801),
        apps_port=_port(given, "DMS_APPS_PORT", 8802),
        requests_per_minute=_count(given, "DMS_REQUESTS_PER_MINUTE", 12_000),
    )


def programs_on_path() -> None:
    """Put this environment's programs (dbt, dagster) first on PATH, activated or not."""
    programs = sysconfig.get_path("scripts")
    known = os.environ.get("PATH", os.defpath)
    if programs not in known.split(os.pathsep):
        os.environ["PATH"] = f"{programs}{os.pathsep}{known}"


def read_secret(path: Path, *, make: str | None = None) -> str:
    """The secret in `path`; a missing one is created, readable by its owner alone.

    `make` is what to store when it is missing (default: 32 random bytes, URL-safe). Two processes
    that create it at once agree: the first one's stands.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make if make is not None else secrets.token_urlsafe(32))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


def _folder(given: Mapping[str, str], variable: str, default: Path) -> Path:
    text = given.get(variable, "")
    if not text:
        return default
    path = Path(text).expanduser()
    if path.exists() and not path.is_dir():
        raise SettingsError(variable, f"{text} is a file, not a folder", str(default))
    return path.absolute()


def _database_url(given: Mapping[str, str], variable: str) -> str | None:
    text = given.get(variable, "")
    if not text:
        return None
    if urlsplit(text).scheme not in _SCHEMES:
        raise SettingsError(
            variable, "does not begin with postgresql://", "postgresql://USER:PASSWORD@HOST:5432/DATABASE"
        )
    return text


def _port(given: Mapping[str, str], variable: str, default: int) -> int:
    text = given.get(variable, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise SettingsError(variable, f"{text!r} is not a port from 1 to 65535", str(default))
    return int(text)


def _count(given: Mapping[str, str], variable: str, default: int) -> int:
    text = given.get(variable, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise SettingsError(variable, f"{text!r} is not a whole number, 0 for no limit", str(default))
    return int(text)


def _role_variable(role: str) -> str:
    return f"DMS_URL_{role.removeprefix('dms_').upper()}"


def _role_urls(given: Mapping[str, str]) -> dict[str, str]:
    """`DMS_URL_APP` is the URL of role `dms_app`, and so on."""
    urls = {}
    for variable in (v for v in given if v.startswith("DMS_URL_")):
        url = _database_url(given, variable)
        if url is not None:
            urls[f"dms_{variable.removeprefix('DMS_URL_').lower()}"] = url
    return urls
