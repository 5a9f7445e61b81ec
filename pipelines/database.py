"""The operational database for a step: the one handed down, or one started for it.

In: `Settings`. Out: `Settings` that hold a URL per role, for the length of a block.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pipelines import postgres
from pipelines.postgres import DatabaseRole
from pipelines.settings import Settings


@contextmanager
def with_database(settings: Settings) -> Iterator[Settings]:
    """A migrated database. A process that was given URLs uses them and starts nothing."""
    if DatabaseRole.EXTRACT in settings.role_urls and DatabaseRole.APP in settings.role_urls:
        yield settings
        return
    from operational_api.migrate import migrate

    with postgres.start(settings) as server:
        migrate(server.url(DatabaseRole.OWNER))
        yield postgres.handed_down(settings, server)
