"""Call-offs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "call_off",
        sa.Column("call_off_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("message_no", sa.Text(collation="C"), nullable=False),
        sa.Column("supplier", sa.Text(collation="C"), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("state in ('active', 'replaced')", name="ck_call_off_state"),
        sa.ForeignKeyConstraint(["outlet_id"], ["doc.outlet.outlet_code"], name="fk_call_off_outlet_id"),
        sa.PrimaryKeyConstraint("call_off_id", name="pk_call_off"),
        schema="doc",
    )
    op.create_index(
        "ix_call_off_outlet_id", "call_off", ["outlet_id", "call_off_id"], unique=False, schema="doc"
    )
    op.create_index(
        "ix_call_off_outlet_id_supplier", "call_off", ["outlet_id", "supplier"], unique=False, schema="doc"
    )
