"""Bring a database to the declared shape: Alembic revisions, then functions, policies and grants.

In: the URL of the schema's owner. Out: the same database, migrated in one transaction. Running it again
changes nothing. The compiled part is applied when its text differs from what the database carries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection

from operational_api.compiled_erasure import erasure_functions, statistics_statements
from operational_api.compiled_reads import audit_function, history_function, read_functions
from operational_api.compiled_writes import forgetting_functions, veiling_functions, write_functions
from operational_api.consequences import consequence_functions, refusing_function
from operational_api.documents import DOCUMENTS
from operational_api.duplicates import duplicate_functions, rekeying_statement
from operational_api.effects import effect_statements
from operational_api.equal_numbers import equal_number_functions
from operational_api.row_security import security_statements
from operational_api.stock_balance import stock_functions

SCRIPTS = Path(__file__).parent / "migrations"
_ONE_AT_A_TIME = 7_305_001  # advisory lock: two processes that start together migrate one after the other

_DROP_COMPILED = """
do $$ declare v record; begin
  for v in select p.oid::regprocedure as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
            where n.nspname = 'api' loop
    execute 'drop function if exists ' || v.name || ' cascade';
  end loop;
  for v in select policyname, schemaname, tablename from pg_policies where schemaname in ('doc', 'api') loop
    execute format('drop policy %I on %I.%I', v.policyname, v.schemaname, v.tablename);
  end loop;
end $$"""


def migrate(owner_url: str) -> None:
    """Upgrade to the newest revision and apply what is compiled from the declarations; all or nothing."""
    engine = sa.create_engine(sqlalchemy_url(owner_url), poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text(f"select pg_advisory_xact_lock({_ONE_AT_A_TIME})"))
        command.upgrade(alembic_config(connection), "head")
        _apply_compiled(connection)


def sqlalchemy_url(url: str) -> str:
    """The same address with the driver Alembic uses."""
    scheme, _, rest = url.partition("://")
    assert scheme in {"postgresql", "postgres", "postgresql+psycopg"}, f"not a PostgreSQL address: {scheme}"
    return f"postgresql+psycopg://{rest}"


def alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def compiled_statements() -> Iterator[str]:
    """Every function, policy and grant, in order."""
    yield refusing_function()
    yield from forgetting_functions()
    yield from veiling_functions()
    yield history_function()
    yield audit_function()
    for document in DOCUMENTS:
        yield from write_functions(document)
        yield from read_functions(document)
    yield from consequence_functions()
    yield from stock_functions()
    yield from effect_statements()
    yield from erasure_functions()
    yield from duplicate_functions()
    yield from equal_number_functions()
    yield from statistics_statements()
    yield from security_statements()
    yield rekeying_statement()


def _apply_compiled(connection: Connection) -> None:
    statements = list(compiled_statements())
    digest = hashlib.sha256("\n".join(statements).encode()).hexdigest()
    known = sa.text("select obj_description('api'::regnamespace, 'pg_namespace')")
    if connection.execute(known).scalar() == digest:
        return
    for statement in (_DROP_COMPILED, *statements, f"comment on schema api is '{digest}'"):
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
