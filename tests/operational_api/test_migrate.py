"""The database is what the declarations say: columns, constraints, indexes, policies, roles."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from operational_api.documents import DOCUMENTS
from operational_api.migrate import migrate, sqlalchemy_url
from operational_api.tables import build_metadata
from pipelines.postgres import DatabaseRole, Server

pytestmark = pytest.mark.db

_SHAPE = """
select c.relname, 'column' as what, a.attname as name, format_type(a.atttypid, a.atttypmod) || ' '
       || a.attnotnull || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '') || a.attidentity::text || ' '
       || coalesce((select collname from pg_collation where oid = a.attcollation), '') as shape
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
 where n.nspname in ('doc', 'api') and c.relkind = 'r' and c.relname <> 'alembic_version'
union all
select conrelid::regclass::text, 'constraint', conname, pg_get_constraintdef(k.oid)
  from pg_constraint k join pg_namespace n on n.oid = k.connamespace
 where n.nspname in ('doc', 'api') and contype <> 'n' and conrelid::regclass::text <> 'api.alembic_version'
union all
select tablename, 'index', indexname, indexdef from pg_indexes
 where schemaname in ('doc', 'api') and tablename <> 'alembic_version'
order by 1, 2, 3"""


def shape_of(url: str) -> list[tuple[str, ...]]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(_SHAPE).fetchall()
    # A table name is written with or without its schema, depending on who asks.
    return sorted((str(r[0]).removeprefix("doc.").removeprefix("api."), *r[1:]) for r in rows)


def test_alembic_finds_no_difference_between_declarations_and_database(database: Server):
    engine = sa.create_engine(sqlalchemy_url(database.url(DatabaseRole.OWNER)))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: name in {"doc", "api"} if kind == "schema" else True,
                "version_table_schema": "api",
                "compare_type": True,
                "compare_server_default": False,
            },
        )
        assert compare_metadata(context, build_metadata()) == []
    engine.dispose()


def test_migrated_and_declared_schema_have_the_same_shape(database: Server):
    """Also what Alembic does not compare: checks, defaults, collations, identity, partial indexes."""
    url = database.url(DatabaseRole.OWNER)
    migrated = shape_of(url)
    assert len(migrated) > 800
    engine = sa.create_engine(sqlalchemy_url(url))
    with engine.begin() as connection:
        connection.exec_driver_sql("drop schema doc cascade")
        connection.exec_driver_sql("drop schema api cascade")
        connection.exec_driver_sql("create schema doc")
        connection.exec_driver_sql("create schema api")
        build_metadata().create_all(connection)
    engine.dispose()
    assert shape_of(url) == migrated


def test_migrating_again_changes_nothing(database: Server):
    catalogue = "select oid, proname from pg_proc where pronamespace = 'api'::regnamespace order by 1"
    with psycopg.connect(database.url(DatabaseRole.OWNER)) as connection:
        before = connection.execute(catalogue).fetchall(), connection.execute("table api.feed").fetchall()
    migrate(database.url(DatabaseRole.OWNER))
    with psycopg.connect(database.url(DatabaseRole.OWNER)) as connection:
        after = connection.execute(catalogue).fetchall(), connection.execute("table api.feed").fetchall()
    assert before == after
    assert len(before[0]) > 200


def test_a_function_or_policy_that_differs_is_put_right(database: Server):
    url = database.url(DatabaseRole.OWNER)
    with psycopg.connect(url) as connection:
        connection.execute("drop policy in_scope on doc.lead")
        connection.execute("comment on schema api is 'another text'")
    migrate(url)
    with psycopg.connect(url) as connection:
        found = connection.execute("select count(*) from pg_policies where tablename = 'lead'").fetchone()
    assert found == (2,)


def test_every_tenant_table_forces_row_level_security(database: Server):
    wanted = {f"doc.{d.name}" for d in DOCUMENTS if d.is_tenant} | {
        "api.change",
        "api.idempotency",
        "api.fund_balance",
        "api.customer_key",
    }
    query = """select c.oid::regclass::text from pg_class c
                where relrowsecurity and relforcerowsecurity
                  and relnamespace::regnamespace::text in ('doc', 'api')"""
    with psycopg.connect(database.url(DatabaseRole.OWNER)) as connection:
        forced = {row[0] for row in connection.execute(query)}
    assert forced == wanted


def test_every_table_with_an_outlet_is_a_tenant_table(database: Server):
    """No column outlet_id without row-level security: a new table cannot be forgotten."""
    query = """select c.oid::regclass::text from pg_class c join pg_attribute a on a.attrelid = c.oid
                where a.attname = 'outlet_id' and c.relkind = 'r' and not c.relforcerowsecurity
                  and relnamespace::regnamespace::text in ('doc', 'api')"""
    with psycopg.connect(database.url(DatabaseRole.OWNER)) as connection:
        assert connection.execute(query).fetchall() == []


def test_every_view_runs_with_the_rights_of_its_reader(database: Server):
    query = """select c.oid::regclass::text from pg_class c where relkind in ('v', 'm')
                  and relnamespace::regnamespace::text in ('doc', 'api')
                  and not coalesce(reloptions @> array['security_invoker=true'], false)"""
    with psycopg.connect(database.url(DatabaseRole.OWNER)) as connection:
        assert connection.execute(query).fetchall() == []


def test_the_application_role_owns_nothing_and_bypasses_nothing(database: Server):
    with psycopg.connect(database.url(DatabaseRole.APP)) as connection:
        role = connection.execute(
            "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles "
            "where rolname = current_user"
        ).fetchone()
        owned = connection.execute(
            "select count(*) from pg_class where pg_get_userbyid(relowner) = current_user"
        ).fetchone()
        deletable = connection.execute(
            "select table_schema, table_name from information_schema.role_table_grants "
            "where grantee = current_user "
            "and privilege_type in ('DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER')"
        ).fetchall()
    assert (role, owned, deletable) == ((False, False, False, False), (0,), [])


def test_the_application_role_cannot_rewrite_the_audit(database: Server):
    with psycopg.connect(database.url(DatabaseRole.APP), autocommit=True) as connection:
        for statement in (
            "update api.change set actor = 'x'",
            "delete from api.change",
            "truncate api.change",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_only_forgetting_keys_counts_and_ledgers_run_with_their_owners_rights(database: Server):
    query = "select proname from pg_proc where prosecdef and pronamespace = 'api'::regnamespace order by 1"
    with psycopg.connect(database.url(DatabaseRole.OWNER)) as connection:
        found = {row[0] for row in connection.execute(query)}
    ledger = {"credit_of", "fund_faults", "keep_account", "lock_accounts", "lock_for_credit", "post_entry"}
    keys = {"keep_customer_keys_on_insert", "keep_customer_keys_on_update"}
    ledger |= {"keep_stock_parts_stock_move", "stock_faults", "count_guarantees"}
    assert found == keys | {"forget", "forget_old_answers", "suppress", "suppressed"} | ledger
