"""Parts, knowledge and attachments."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "article",
        sa.Column("article_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(collation="C"), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("translation_of", sa.Text(collation="C"), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint("state in ('draft', 'published', 'retired')", name="ck_article_state"),
        sa.ForeignKeyConstraint(
            ["translation_of"], ["doc.article.article_id"], name="fk_article_translation_of"
        ),
        sa.PrimaryKeyConstraint("article_id", name="pk_article"),
        schema="doc",
    )
    op.create_table(
        "bulletin",
        sa.Column("bulletin_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("must_be_read_by_date", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "audience in ('everybody', 'sales', 'service', 'parts', 'finance', 'managers')",
            name="ck_bulletin_audience",
        ),
        sa.CheckConstraint("state in ('draft', 'published', 'withdrawn')", name="ck_bulletin_state"),
        sa.PrimaryKeyConstraint("bulletin_id", name="pk_bulletin"),
        schema="doc",
    )
    op.create_table(
        "attachment",
        sa.Column("attachment_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("subject_document", sa.Text(collation="C"), nullable=False),
        sa.Column("subject_key", sa.Text(collation="C"), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(collation="C"), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.CheckConstraint("state in ('stored', 'withdrawn')", name="ck_attachment_state"),
        sa.CheckConstraint("size_bytes between 0 and 10000000000", name="ck_attachment_size_bytes"),
        sa.ForeignKeyConstraint(["outlet_id"], ["doc.outlet.outlet_code"], name="fk_attachment_outlet_id"),
        sa.PrimaryKeyConstraint("attachment_id", name="pk_attachment"),
        schema="doc",
    )
    op.create_index(
        "ix_attachment_outlet_id", "attachment", ["outlet_id", "attachment_id"], unique=False, schema="doc"
    )
    op.create_index(
        "ix_attachment_subject_document_subject_key",
        "attachment",
        ["subject_document", "subject_key"],
        unique=False,
        schema="doc",
    )
    op.create_table(
        "bulletin_receipt",
        sa.Column("bulletin_receipt_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("bulletin_id", sa.Text(collation="C"), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('read')", name="ck_bulletin_receipt_state"),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["doc.bulletin.bulletin_id"], name="fk_bulletin_receipt_bulletin_id"
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_bulletin_receipt_outlet_id"
        ),
        sa.PrimaryKeyConstraint("bulletin_receipt_id", name="pk_bulletin_receipt"),
        schema="doc",
    )
    op.create_index(
        "ix_bulletin_receipt_outlet_id",
        "bulletin_receipt",
        ["outlet_id", "bulletin_receipt_id"],
        unique=False,
        schema="doc",
    )
    op.create_table(
        "feedback",
        sa.Column("feedback_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(collation="C"), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('open', 'answered', 'closed')", name="ck_feedback_state"),
        sa.ForeignKeyConstraint(["outlet_id"], ["doc.outlet.outlet_code"], name="fk_feedback_outlet_id"),
        sa.PrimaryKeyConstraint("feedback_id", name="pk_feedback"),
        schema="doc",
    )
    op.create_index(
        "ix_feedback_outlet_id", "feedback", ["outlet_id", "feedback_id"], unique=False, schema="doc"
    )
    op.create_table(
        "part_loan",
        sa.Column("part_loan_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("part_id", sa.Text(collation="C"), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("borrower_kind", sa.Text(), nullable=False),
        sa.Column("borrower", sa.Text(collation="C"), nullable=False),
        sa.Column("lent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "borrower_kind in ('workshop', 'outlet', 'customer')", name="ck_part_loan_borrower_kind"
        ),
        sa.CheckConstraint("state in ('lent', 'returned', 'kept')", name="ck_part_loan_state"),
        sa.CheckConstraint("quantity between 1 and 1000000", name="ck_part_loan_quantity"),
        sa.CheckConstraint("returned_at >= lent_at", name="ck_part_loan_rule_1"),
        sa.ForeignKeyConstraint(["outlet_id"], ["doc.outlet.outlet_code"], name="fk_part_loan_outlet_id"),
        sa.ForeignKeyConstraint(["part_id"], ["doc.part.part_id"], name="fk_part_loan_part_id"),
        sa.PrimaryKeyConstraint("part_loan_id", name="pk_part_loan"),
        schema="doc",
    )
    op.create_index(
        "ix_part_loan_outlet_id", "part_loan", ["outlet_id", "part_loan_id"], unique=False, schema="doc"
    )
    op.create_table(
        "stock_count",
        sa.Column("stock_count_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "reason in ('annual', 'cycle', 'difference', 'opening')", name="ck_stock_count_reason"
        ),
        sa.CheckConstraint(
            "state in ('open', 'approved', 'posted', 'cancelled')", name="ck_stock_count_state"
        ),
        sa.ForeignKeyConstraint(["outlet_id"], ["doc.outlet.outlet_code"], name="fk_stock_count_outlet_id"),
        sa.PrimaryKeyConstraint("stock_count_id", name="pk_stock_count"),
        schema="doc",
    )
    op.create_index(
        "ix_stock_count_outlet_id", "stock_count", ["outlet_id", "stock_count_id"], unique=False, schema="doc"
    )
    op.create_table(
        "parts_return",
        sa.Column("parts_return_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("parts_order_id", sa.Text(collation="C"), nullable=True),
        sa.Column("supplier_outlet_code", sa.Text(collation="C"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_date", sa.Date(), nullable=False),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("credit_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reject_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "reason in ('wrong_part', 'damaged', 'surplus', 'quality')", name="ck_parts_return_reason"
        ),
        sa.CheckConstraint(
            "state in ('requested', 'approved', 'rejected', 'shipped', 'received', 'credited')",
            name="ck_parts_return_state",
        ),
        sa.CheckConstraint("credit_minor >= 0", name="ck_parts_return_credit_minor"),
        sa.ForeignKeyConstraint(["outlet_id"], ["doc.outlet.outlet_code"], name="fk_parts_return_outlet_id"),
        sa.ForeignKeyConstraint(
            ["parts_order_id"], ["doc.parts_order.parts_order_id"], name="fk_parts_return_parts_order_id"
        ),
        sa.ForeignKeyConstraint(
            ["supplier_outlet_code"], ["doc.outlet.outlet_code"], name="fk_parts_return_supplier_outlet_code"
        ),
        sa.PrimaryKeyConstraint("parts_return_id", name="pk_parts_return"),
        schema="doc",
    )
    op.create_index(
        "ix_parts_return_outlet_id",
        "parts_return",
        ["outlet_id", "parts_return_id"],
        unique=False,
        schema="doc",
    )
