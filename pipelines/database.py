"""The operational database for a step: the one handed down, or one started for it.

In: `Settings`. Out: `Settings` that hold a URL per role, for the length of a block.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pipelines import postgres
from pipelines.postgres import DatabaseRole
from pipelines.postgres_cluster import SERVING
from pipelines.settings import Settings


@contextmanager
def with_database(settings: Settings) -> Iterator[Settings]:
    """A migrated database. A process that was given URLs uses them, and leaves migrating to the giver."""
    with with_server(settings) as own:
        if own is not settings:
            migrate(own)
        yield own


@contextmanager
def with_server(settings: Settings) -> Iterator[Settings]:
    """A database that answers, as it was left: enough to ask where the feed stands."""
    if all(role in settings.role_urls for role in SERVING):
        yield settings
        return
    with postgres.start(settings) as server:
        yield postgres.handed_down(settings, server)


def migrate(settings: Settings) -> None:
    """Bring the database of `with_server` to the declarations."""
    from operational_api.migrate import migrate as migrate_database  # slow to import

    migrate_database(settings.role_url(DatabaseRole.OWNER))
