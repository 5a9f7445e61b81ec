"""Campaigns; the index an erasure uses no longer lists types."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "campaign",
        sa.Column("campaign_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("campaign_type", sa.Text(), nullable=False),
        sa.Column("owner_level", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(collation="C"), nullable=False),
        sa.Column("series", sa.Text(collation="C"), nullable=True),
        sa.Column("starts_date", sa.Date(), nullable=False),
        sa.Column("ends_date", sa.Date(), nullable=False),
        sa.Column("budget_minor", sa.BigInteger(), nullable=False),
        sa.Column("oem_share_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("fund_type", sa.Text(collation="C"), nullable=True),
        sa.Column("target_leads", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("reject_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "campaign_type in ('show', 'test_drive_day', 'advertising', 'promotion', 'digital', 'service', 'other')",
            name="ck_campaign_campaign_type",
        ),
        sa.CheckConstraint("owner_level in ('oem', 'dealer')", name="ck_campaign_owner_level"),
        sa.CheckConstraint(
            "state in ('draft', 'submitted', 'approved', 'rejected', 'running', 'closed', 'settled')",
            name="ck_campaign_state",
        ),
        sa.CheckConstraint("budget_minor >= 0", name="ck_campaign_budget_minor"),
        sa.CheckConstraint("coalesce(oem_share_minor, 0) <= budget_minor", name="ck_campaign_rule_2"),
        sa.CheckConstraint("ends_date >= starts_date", name="ck_campaign_rule_1"),
        sa.CheckConstraint("oem_share_minor >= 0", name="ck_campaign_oem_share_minor"),
        sa.CheckConstraint("target_leads between 0 and 1000000", name="ck_campaign_target_leads"),
        sa.ForeignKeyConstraint(["outlet_id"], ["doc.outlet.outlet_code"], name="fk_campaign_outlet_id"),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_campaign"),
        schema="doc",
    )
    op.create_index(
        "ix_campaign_outlet_id", "campaign", ["outlet_id", "campaign_id"], unique=False, schema="doc"
    )
    op.drop_index("ix_idempotency_document_key", "idempotency", schema="api")
    op.create_index(
        "ix_idempotency_document_key",
        "idempotency",
        ["document", "key"],
        schema="api",
        postgresql_where=sa.text("key is not null"),
    )
