"""A customer grade rule may count complaints in a window."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

TABLE = "customer_grade_rule"
CHECKS = {
    "condition": "condition in ('points', 'complained', 'blacklisted')",
    "least_complaints": "least_complaints between 1 and 100",
    "within_days": "within_days between 1 and 36500",
}


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("least_complaints", sa.BigInteger(), nullable=True), schema="doc")
    op.add_column(TABLE, sa.Column("within_days", sa.BigInteger(), nullable=True), schema="doc")
    op.drop_constraint(f"ck_{TABLE}_condition", TABLE, schema="doc")
    for column, rule in CHECKS.items():
        op.create_check_constraint(f"ck_{TABLE}_{column}", TABLE, rule, schema="doc")
