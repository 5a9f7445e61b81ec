"""What a person sees when everything is up: addresses, and one login per role.

In: `Settings` and the demo accounts. Out: a table on the terminal; an access token on request.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from pipelines.demo.accounts import DEMO_ACCOUNTS, DemoAccount
from pipelines.logins import list_logins
from pipelines.settings import Settings


class SignInError(RuntimeError):
    """The API gave no token; says why."""


def print_welcome(settings: Settings, *, stop: str = "Ctrl-C") -> None:
    """Addresses first, then who may sign in where; accounts of the demo only if they were loaded."""
    console = Console()
    console.print(_addresses(settings))
    loaded = {login.subject for login in list_logins(settings) if login.revoked_at is None}
    demo = [account for account in DEMO_ACCOUNTS if account.subject in loaded]
    if demo:
        console.print(_logins(demo))
    elif not loaded:
        console.print(
            "Nobody can sign in yet: load the demo with `dms demo`, or see `dms account add --help`."
        )


def _addresses(settings: Settings) -> Table:
    table = Table(title="Addresses", title_justify="left")
    table.add_column("What")
    table.add_column("Where", no_wrap=True)
    for what, where in (
        ("Pages for planners, regions, data engineers", settings.apps_url),
        ("Dealer's desk (phone first)", f"{settings.api_url}/desk"),
        ("Operational API", f"{settings.api_url}/docs"),
        ("Pipeline (Dagster)", settings.dagster_url),
        ("Logs", str(settings.log_dir)),
    ):
        table.add_row(what, where)
    return table


def _logins(accounts: Sequence[DemoAccount]) -> Table:
    """Readable at 80 columns: a password that all share stands in the title."""
    passwords = {account.password for account in accounts}
    shared = f", password {passwords.pop()}" if len(passwords) == 1 else ""
    table = Table(title=f"Logins of the demo{shared}", title_justify="left")
    table.add_column("User", no_wrap=True)
    if not shared:
        table.add_column("Password", no_wrap=True)
    table.add_column("Role", no_wrap=True)
    table.add_column("Sees")
    table.add_column("Language")
    for account in accounts:
        secret = () if shared else (account.password,)
        table.add_row(account.subject, *secret, account.role, account.scope, account.language)
    return table


def fetch_token(settings: Settings, user: str, password: str) -> str:
    """An access token from the running API. Raises SignInError when refused or not reachable."""
    form = urllib.parse.urlencode({"grant_type": "password", "username": user, "password": password})
    try:
        with urllib.request.urlopen(f"{settings.api_url}/token", data=form.encode(), timeout=10) as answer:  # noqa: S310
            return str(json.load(answer)["access_token"])
    except urllib.error.HTTPError as error:
        raise SignInError(f"{user} was refused: {_detail(error)}") from error
    except urllib.error.URLError as error:
        raise SignInError(f"no API at {settings.api_url} ({error.reason}): start it with: dms up") from error


def _detail(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["detail"])
    except (ValueError, KeyError):
        return f"HTTP {error.code}"
