"""Measures of rebates are a closed list."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.alter_column(
        "rebate_policy", "measure", type_=sa.Text(collation="default"), existing_nullable=False, schema="doc"
    )
    op.create_check_constraint(
        "ck_rebate_policy_measure",
        "rebate_policy",
        "measure in ('retail_units', 'wholesale_units', 'parts_purchases', 'target_attainment', 'satisfaction')",
        schema="doc",
    )
