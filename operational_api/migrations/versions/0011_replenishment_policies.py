"""Replenishment policies."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "replenishment_policy",
        sa.Column("replenishment_policy_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("outlet_code", sa.Text(collation="C"), nullable=True),
        sa.Column("abc_class", sa.Text(), nullable=False),
        sa.Column("criticality", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=True),
        sa.Column("fill_permille", sa.BigInteger(), nullable=False),
        sa.Column("phase_in_months", sa.BigInteger(), nullable=False),
        sa.Column("valid_from_date", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reject_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("abc_class in ('A', 'B', 'C')", name="ck_replenishment_policy_abc_class"),
        sa.CheckConstraint(
            "criticality in ('vital', 'essential', 'desirable')", name="ck_replenishment_policy_criticality"
        ),
        sa.CheckConstraint(
            "frequency in ('fast', 'medium', 'slow')", name="ck_replenishment_policy_frequency"
        ),
        sa.CheckConstraint(
            "state in ('proposed', 'approved', 'rejected', 'withdrawn')", name="ck_replenishment_policy_state"
        ),
        sa.CheckConstraint("fill_permille between 1 and 999", name="ck_replenishment_policy_fill_permille"),
        sa.CheckConstraint(
            "phase_in_months between 0 and 12", name="ck_replenishment_policy_phase_in_months"
        ),
        sa.ForeignKeyConstraint(
            ["outlet_code"], ["doc.outlet.outlet_code"], name="fk_replenishment_policy_outlet_code"
        ),
        sa.PrimaryKeyConstraint("replenishment_policy_id", name="pk_replenishment_policy"),
        schema="doc",
    )
