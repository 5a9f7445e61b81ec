"""Consent, blacklist, contact refusal; hashes of those who were erased."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "suppression",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_suppression"),
        schema="api",
    )
    op.create_table(
        "suppression_salt",
        sa.Column("is_only_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("salt", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.CheckConstraint("is_only_row", name="ck_suppression_salt_is_only_row"),
        sa.PrimaryKeyConstraint("is_only_row", name="pk_suppression_salt"),
        schema="api",
    )
    op.execute("insert into api.suppression_salt default values")
    op.create_table(
        "blacklist_entry",
        sa.Column("blacklist_entry_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lift_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "reason in ('abuse', 'fraud', 'payment_default', 'legal_dispute', 'other')",
            name="ck_blacklist_entry_reason",
        ),
        sa.CheckConstraint("state in ('active', 'lifted')", name="ck_blacklist_entry_state"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["doc.customer_record.customer_id"], name="fk_blacklist_entry_customer_id"
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_blacklist_entry_outlet_id"
        ),
        sa.PrimaryKeyConstraint("blacklist_entry_id", name="pk_blacklist_entry"),
        schema="doc",
    )
    op.create_index(
        "ix_blacklist_entry_customer_id", "blacklist_entry", ["customer_id"], unique=False, schema="doc"
    )
    op.create_index(
        "ix_blacklist_entry_outlet_id",
        "blacklist_entry",
        ["outlet_id", "blacklist_entry_id"],
        unique=False,
        schema="doc",
    )
    op.create_table(
        "consent",
        sa.Column("consent_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text_version", sa.Text(collation="C"), nullable=False),
        sa.Column("proof", sa.Text(), nullable=True),
        sa.Column("proof_sha256", sa.Text(collation="C"), nullable=True),
        sa.Column("expires_date", sa.Date(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawal_proof", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "basis in ('consent', 'legitimate_interest', 'contract')", name="ck_consent_basis"
        ),
        sa.CheckConstraint(
            "channel in ('phone', 'sms', 'email', 'post', 'messenger', 'app')", name="ck_consent_channel"
        ),
        sa.CheckConstraint(
            "purpose in ('contract', 'service_marketing', 'marketing')", name="ck_consent_purpose"
        ),
        sa.CheckConstraint("state in ('given', 'refused', 'withdrawn')", name="ck_consent_state"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["doc.customer_record.customer_id"], name="fk_consent_customer_id"
        ),
        sa.ForeignKeyConstraint(["outlet_id"], ["doc.outlet.outlet_code"], name="fk_consent_outlet_id"),
        sa.PrimaryKeyConstraint("consent_id", name="pk_consent"),
        schema="doc",
    )
    op.create_index("ix_consent_customer_id", "consent", ["customer_id"], unique=False, schema="doc")
    op.create_index(
        "ix_consent_outlet_id", "consent", ["outlet_id", "consent_id"], unique=False, schema="doc"
    )
    op.create_table(
        "contact_refusal",
        sa.Column("contact_refusal_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("lift_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "channel in ('all', 'phone', 'sms', 'email', 'post', 'messenger', 'app')",
            name="ck_contact_refusal_channel",
        ),
        sa.CheckConstraint("state in ('active', 'lifted')", name="ck_contact_refusal_state"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["doc.customer_record.customer_id"], name="fk_contact_refusal_customer_id"
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_contact_refusal_outlet_id"
        ),
        sa.PrimaryKeyConstraint("contact_refusal_id", name="pk_contact_refusal"),
        schema="doc",
    )
    op.create_index(
        "ix_contact_refusal_customer_id", "contact_refusal", ["customer_id"], unique=False, schema="doc"
    )
    op.create_index(
        "ix_contact_refusal_outlet_id",
        "contact_refusal",
        ["outlet_id", "contact_refusal_id"],
        unique=False,
        schema="doc",
    )
