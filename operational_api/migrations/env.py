"""Alembic's entry: runs the revisions on the connection that `migrate` hands over, in its transaction."""

from alembic import context

from operational_api.tables import build_metadata

SCHEMAS = {"doc", "api"}

connection = context.config.attributes["connection"]
connection.exec_driver_sql("create schema if not exists api")  # holds Alembic's own table from the start
context.configure(
    connection=connection,
    target_metadata=build_metadata(),
    version_table_schema="api",
    include_schemas=True,
    include_name=lambda name, type_, parents: name in SCHEMAS if type_ == "schema" else True,
    transaction_per_migration=False,
)
context.run_migrations()
