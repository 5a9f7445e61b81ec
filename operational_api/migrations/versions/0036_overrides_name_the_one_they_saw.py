"""An override names the newest one that its author saw."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"

TABLE = "forecast_override"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("seen_override_id", sa.Text(collation="C"), nullable=True), schema="doc")
    op.create_foreign_key(
        "fk_forecast_override_seen_override_id", TABLE, TABLE,
        ["seen_override_id"], ["forecast_override_id"], source_schema="doc", referent_schema="doc",
    )  # fmt: skip
    keys = ["forecast_month", "subject", "author_level"]
    op.create_index(f"ix_forecast_override_{'_'.join(keys)}", TABLE, keys, schema="doc")
