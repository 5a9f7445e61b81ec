"""A campaign notes why it is held."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.add_column("campaign", sa.Column("note", sa.Text(), nullable=True), schema="doc")
