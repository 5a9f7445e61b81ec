"""What the labour book does not know is noted on the repair order."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.add_column("repair_order", sa.Column("labour_note", sa.Text(), nullable=True), schema="doc")
