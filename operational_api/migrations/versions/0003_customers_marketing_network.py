"""Marketing, customers, network and staff."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "outlet_lifecycle",
        sa.Column("outlet_lifecycle_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("candidate", sa.Text(), nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("region_path", sa.Text(collation="C"), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("brands", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("checklist", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("outlet_code", sa.Text(collation="C"), nullable=True),
        sa.Column("surveyed_date", sa.Date(), nullable=True),
        sa.Column("admitted_date", sa.Date(), nullable=True),
        sa.Column("closed_date", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state in ('prospect', 'surveyed', 'admitted', 'operating', 'suspended', 'exit_requested', 'settling', 'closed')",
            name="ck_outlet_lifecycle_state",
        ),
        sa.ForeignKeyConstraint(
            ["outlet_code"], ["doc.outlet.outlet_code"], name="fk_outlet_lifecycle_outlet_code"
        ),
        sa.PrimaryKeyConstraint("outlet_lifecycle_id", name="pk_outlet_lifecycle"),
        schema="doc",
    )
    op.create_table(
        "campaign_execution",
        sa.Column("campaign_execution_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(collation="C"), nullable=False),
        sa.Column("held_date", sa.Date(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("attendance", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.Text(collation="C"), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('done')", name="ck_campaign_execution_state"),
        sa.CheckConstraint("attendance between 0 and 10000000", name="ck_campaign_execution_attendance"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["doc.campaign.campaign_id"], name="fk_campaign_execution_campaign_id"
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_campaign_execution_outlet_id"
        ),
        sa.PrimaryKeyConstraint("campaign_execution_id", name="pk_campaign_execution"),
        schema="doc",
    )
    op.create_index(
        "ix_campaign_execution_campaign_id", "campaign_execution", ["campaign_id"], unique=False, schema="doc"
    )
    op.create_index(
        "ix_campaign_execution_outlet_id",
        "campaign_execution",
        ["outlet_id", "campaign_execution_id"],
        unique=False,
        schema="doc",
    )
    op.create_table(
        "campaign_expense",
        sa.Column("campaign_expense_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(collation="C"), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("spent_date", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("fund_type", sa.Text(collation="C"), nullable=False),
        sa.Column("evidence", sa.Text(collation="C"), nullable=False),
        sa.Column("approved_minor", sa.BigInteger(), nullable=True),
        sa.Column("voucher_no", sa.Text(collation="C"), nullable=True),
        sa.Column("reject_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "category in ('media', 'venue', 'material', 'gift', 'staff', 'agency', 'other')",
            name="ck_campaign_expense_category",
        ),
        sa.CheckConstraint(
            "state in ('claimed', 'approved', 'rejected', 'written_off')", name="ck_campaign_expense_state"
        ),
        sa.CheckConstraint("amount_minor >= 1", name="ck_campaign_expense_amount_minor"),
        sa.CheckConstraint("approved_minor >= 0", name="ck_campaign_expense_approved_minor"),
        sa.CheckConstraint("coalesce(approved_minor, 0) <= amount_minor", name="ck_campaign_expense_rule_1"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["doc.campaign.campaign_id"], name="fk_campaign_expense_campaign_id"
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_campaign_expense_outlet_id"
        ),
        sa.PrimaryKeyConstraint("campaign_expense_id", name="pk_campaign_expense"),
        schema="doc",
    )
    op.create_index(
        "ix_campaign_expense_campaign_id", "campaign_expense", ["campaign_id"], unique=False, schema="doc"
    )
    op.create_index(
        "ix_campaign_expense_outlet_id",
        "campaign_expense",
        ["outlet_id", "campaign_expense_id"],
        unique=False,
        schema="doc",
    )
    op.create_table(
        "complaint",
        sa.Column("complaint_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=True),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("contact_phone", sa.Text(), nullable=True),
        sa.Column("vin", sa.Text(collation="C"), nullable=True),
        sa.Column("channel", sa.Text(collation="C"), nullable=False),
        sa.Column("category", sa.Text(collation="C"), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("staff_id", sa.Text(collation="C"), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("repair_order_id", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint("level in ('ordinary', 'serious', 'critical')", name="ck_complaint_level"),
        sa.CheckConstraint(
            "state in ('new', 'assigned', 'handling', 'resolved', 'closed', 'reopened')",
            name="ck_complaint_state",
        ),
        sa.CheckConstraint("due_at >= received_at", name="ck_complaint_rule_1"),
        sa.CheckConstraint("resolved_at >= received_at", name="ck_complaint_rule_2"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["doc.customer_record.customer_id"], name="fk_complaint_customer_id"
        ),
        sa.ForeignKeyConstraint(["outlet_id"], ["doc.outlet.outlet_code"], name="fk_complaint_outlet_id"),
        sa.ForeignKeyConstraint(["staff_id"], ["doc.staff.staff_id"], name="fk_complaint_staff_id"),
        sa.ForeignKeyConstraint(["vin"], ["doc.vehicle.vin"], name="fk_complaint_vin"),
        sa.PrimaryKeyConstraint("complaint_id", name="pk_complaint"),
        schema="doc",
    )
    op.create_index(
        "ix_complaint_outlet_id", "complaint", ["outlet_id", "complaint_id"], unique=False, schema="doc"
    )
    op.create_table(
        "customer_assignment",
        sa.Column("customer_assignment_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("staff_id", sa.Text(collation="C"), nullable=False),
        sa.Column("assignment_role", sa.Text(), nullable=False),
        sa.Column("starts_date", sa.Date(), nullable=False),
        sa.Column("ends_date", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "assignment_role in ('sales', 'service', 'key_account')",
            name="ck_customer_assignment_assignment_role",
        ),
        sa.CheckConstraint("state in ('active', 'ended')", name="ck_customer_assignment_state"),
        sa.CheckConstraint("ends_date >= starts_date", name="ck_customer_assignment_rule_1"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["doc.customer_record.customer_id"], name="fk_customer_assignment_customer_id"
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_customer_assignment_outlet_id"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["doc.staff.staff_id"], name="fk_customer_assignment_staff_id"),
        sa.PrimaryKeyConstraint("customer_assignment_id", name="pk_customer_assignment"),
        schema="doc",
    )
    op.create_index(
        "ix_customer_assignment_customer_id",
        "customer_assignment",
        ["customer_id"],
        unique=False,
        schema="doc",
    )
    op.create_index(
        "ix_customer_assignment_outlet_id",
        "customer_assignment",
        ["outlet_id", "customer_assignment_id"],
        unique=False,
        schema="doc",
    )
    op.create_table(
        "enquiry",
        sa.Column("enquiry_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=True),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("contact_phone", sa.Text(), nullable=True),
        sa.Column("vin", sa.Text(collation="C"), nullable=True),
        sa.Column("channel", sa.Text(collation="C"), nullable=False),
        sa.Column("category", sa.Text(collation="C"), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("staff_id", sa.Text(collation="C"), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('new', 'assigned', 'handling', 'resolved', 'closed', 'reopened')",
            name="ck_enquiry_state",
        ),
        sa.CheckConstraint("due_at >= received_at", name="ck_enquiry_rule_1"),
        sa.CheckConstraint("resolved_at >= received_at", name="ck_enquiry_rule_2"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["doc.customer_record.customer_id"], name="fk_enquiry_customer_id"
        ),
        sa.ForeignKeyConstraint(["outlet_id"], ["doc.outlet.outlet_code"], name="fk_enquiry_outlet_id"),
        sa.ForeignKeyConstraint(["staff_id"], ["doc.staff.staff_id"], name="fk_enquiry_staff_id"),
        sa.ForeignKeyConstraint(["vin"], ["doc.vehicle.vin"], name="fk_enquiry_vin"),
        sa.PrimaryKeyConstraint("enquiry_id", name="pk_enquiry"),
        schema="doc",
    )
    op.create_index(
        "ix_enquiry_outlet_id", "enquiry", ["outlet_id", "enquiry_id"], unique=False, schema="doc"
    )
    op.create_table(
        "grade_override",
        sa.Column("grade_override_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("starts_date", sa.Date(), nullable=False),
        sa.Column("ends_date", sa.Date(), nullable=True),
        sa.CheckConstraint("grade in ('AAA', 'AA', 'A', 'B', 'C', 'D')", name="ck_grade_override_grade"),
        sa.CheckConstraint("state in ('active', 'ended')", name="ck_grade_override_state"),
        sa.CheckConstraint("ends_date >= starts_date", name="ck_grade_override_rule_1"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["doc.customer_record.customer_id"], name="fk_grade_override_customer_id"
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_grade_override_outlet_id"
        ),
        sa.PrimaryKeyConstraint("grade_override_id", name="pk_grade_override"),
        schema="doc",
    )
    op.create_index(
        "ix_grade_override_customer_id", "grade_override", ["customer_id"], unique=False, schema="doc"
    )
    op.create_index(
        "ix_grade_override_outlet_id",
        "grade_override",
        ["outlet_id", "grade_override_id"],
        unique=False,
        schema="doc",
    )
    op.create_table(
        "key_account_filing",
        sa.Column("key_account_filing_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("account_grade", sa.Text(collation="C"), nullable=True),
        sa.Column("filed_date", sa.Date(), nullable=False),
        sa.Column("decision_date", sa.Date(), nullable=True),
        sa.Column("valid_to_date", sa.Date(), nullable=True),
        sa.Column("competitors", sa.Text(), nullable=True),
        sa.Column("discount_percent", sa.Numeric(precision=18, scale=6), nullable=True),
        sa.Column("terms", sa.Text(), nullable=True),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state in ('submitted', 'confirmed', 'rejected', 'expired', 'won', 'lost')",
            name="ck_key_account_filing_state",
        ),
        sa.CheckConstraint(
            "discount_percent between 0 and 100", name="ck_key_account_filing_discount_percent"
        ),
        sa.CheckConstraint("valid_to_date >= filed_date", name="ck_key_account_filing_rule_1"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["doc.customer_record.customer_id"], name="fk_key_account_filing_customer_id"
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_key_account_filing_outlet_id"
        ),
        sa.PrimaryKeyConstraint("key_account_filing_id", name="pk_key_account_filing"),
        schema="doc",
    )
    op.create_index(
        "ix_key_account_filing_outlet_id",
        "key_account_filing",
        ["outlet_id", "key_account_filing_id"],
        unique=False,
        schema="doc",
    )
    op.create_table(
        "membership",
        sa.Column("membership_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("tier", sa.Text(collation="C"), nullable=False),
        sa.Column("member_no", sa.Text(collation="C"), nullable=True),
        sa.Column("applied_date", sa.Date(), nullable=False),
        sa.Column("ends_date", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state in ('applied', 'active', 'suspended', 'ended')", name="ck_membership_state"
        ),
        sa.CheckConstraint("ends_date >= applied_date", name="ck_membership_rule_1"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["doc.customer_record.customer_id"], name="fk_membership_customer_id"
        ),
        sa.ForeignKeyConstraint(["outlet_id"], ["doc.outlet.outlet_code"], name="fk_membership_outlet_id"),
        sa.PrimaryKeyConstraint("membership_id", name="pk_membership"),
        schema="doc",
    )
    op.create_index("ix_membership_customer_id", "membership", ["customer_id"], unique=False, schema="doc")
    op.create_index(
        "ix_membership_outlet_id", "membership", ["outlet_id", "membership_id"], unique=False, schema="doc"
    )
    op.create_table(
        "reward_penalty",
        sa.Column("reward_penalty_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Text(collation="C"), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("decided_date", sa.Date(), nullable=False),
        sa.Column("revoke_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("decision in ('reward', 'penalty')", name="ck_reward_penalty_decision"),
        sa.CheckConstraint("state in ('recorded', 'revoked')", name="ck_reward_penalty_state"),
        sa.CheckConstraint("amount_minor >= 0", name="ck_reward_penalty_amount_minor"),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_reward_penalty_outlet_id"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["doc.staff.staff_id"], name="fk_reward_penalty_staff_id"),
        sa.PrimaryKeyConstraint("reward_penalty_id", name="pk_reward_penalty"),
        schema="doc",
    )
    op.create_index(
        "ix_reward_penalty_outlet_id",
        "reward_penalty",
        ["outlet_id", "reward_penalty_id"],
        unique=False,
        schema="doc",
    )
    op.create_table(
        "staff_assignment",
        sa.Column("staff_assignment_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(collation="C"), nullable=True),
        sa.Column("share_percent", sa.BigInteger(), nullable=True),
        sa.Column("starts_date", sa.Date(), nullable=False),
        sa.Column("ends_date", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "position in ('consultant', 'advisor', 'technician', 'parts', 'cashier', 'dealer_manager')",
            name="ck_staff_assignment_position",
        ),
        sa.CheckConstraint("state in ('active', 'ended')", name="ck_staff_assignment_state"),
        sa.CheckConstraint("ends_date >= starts_date", name="ck_staff_assignment_rule_1"),
        sa.CheckConstraint("share_percent between 1 and 100", name="ck_staff_assignment_share_percent"),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_staff_assignment_outlet_id"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["doc.staff.staff_id"], name="fk_staff_assignment_staff_id"),
        sa.PrimaryKeyConstraint("staff_assignment_id", name="pk_staff_assignment"),
        schema="doc",
    )
    op.create_index(
        "ix_staff_assignment_outlet_id",
        "staff_assignment",
        ["outlet_id", "staff_assignment_id"],
        unique=False,
        schema="doc",
    )
    op.create_index(
        "ix_staff_assignment_staff_id", "staff_assignment", ["staff_id"], unique=False, schema="doc"
    )
    op.create_table(
        "survey_response",
        sa.Column("survey_response_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("survey_kind", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=True),
        sa.Column("subject_document", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(collation="C"), nullable=False),
        sa.Column("channel", sa.Text(collation="C"), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("recommend_score", sa.BigInteger(), nullable=True),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('received')", name="ck_survey_response_state"),
        sa.CheckConstraint(
            "subject_document in ('retail_delivery', 'repair_order', 'test_drive', 'campaign')",
            name="ck_survey_response_subject_document",
        ),
        sa.CheckConstraint(
            "survey_kind in ('ssi', 'csi', 'test_drive', 'campaign')", name="ck_survey_response_survey_kind"
        ),
        sa.CheckConstraint("recommend_score between 0 and 10", name="ck_survey_response_recommend_score"),
        sa.CheckConstraint("score between 1 and 10", name="ck_survey_response_score"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["doc.customer_record.customer_id"], name="fk_survey_response_customer_id"
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_survey_response_outlet_id"
        ),
        sa.PrimaryKeyConstraint("survey_response_id", name="pk_survey_response"),
        schema="doc",
    )
    op.create_index(
        "ix_survey_response_outlet_id",
        "survey_response",
        ["outlet_id", "survey_response_id"],
        unique=False,
        schema="doc",
    )
    op.create_index(
        "ix_survey_response_subject_document_subject_key",
        "survey_response",
        ["subject_document", "subject_key"],
        unique=False,
        schema="doc",
    )
    op.create_table(
        "training_result",
        sa.Column("training_result_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Text(collation="C"), nullable=False),
        sa.Column("course", sa.Text(collation="C"), nullable=False),
        sa.Column("taken_date", sa.Date(), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=True),
        sa.Column("is_passed", sa.Boolean(), nullable=False),
        sa.Column("certificate_no", sa.Text(collation="C"), nullable=True),
        sa.Column("valid_to_date", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('recorded', 'withdrawn')", name="ck_training_result_state"),
        sa.CheckConstraint("score between 0 and 100", name="ck_training_result_score"),
        sa.CheckConstraint("valid_to_date >= taken_date", name="ck_training_result_rule_1"),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_training_result_outlet_id"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["doc.staff.staff_id"], name="fk_training_result_staff_id"),
        sa.PrimaryKeyConstraint("training_result_id", name="pk_training_result"),
        schema="doc",
    )
    op.create_index(
        "ix_training_result_outlet_id",
        "training_result",
        ["outlet_id", "training_result_id"],
        unique=False,
        schema="doc",
    )
    op.create_index(
        "ix_training_result_staff_id", "training_result", ["staff_id"], unique=False, schema="doc"
    )
    op.create_table(
        "lost_sale_request",
        sa.Column("lost_sale_request_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(collation="C"), nullable=False),
        sa.Column("lost_reason", sa.Text(collation="C"), nullable=False),
        sa.Column("competitor", sa.Text(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state in ('submitted', 'approved', 'returned', 'reactivated')", name="ck_lost_sale_request_state"
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["doc.lead.lead_id"], name="fk_lost_sale_request_lead_id"),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_lost_sale_request_outlet_id"
        ),
        sa.PrimaryKeyConstraint("lost_sale_request_id", name="pk_lost_sale_request"),
        schema="doc",
    )
    op.create_index(
        "ix_lost_sale_request_lead_id", "lost_sale_request", ["lead_id"], unique=False, schema="doc"
    )
    op.create_index(
        "ix_lost_sale_request_outlet_id",
        "lost_sale_request",
        ["outlet_id", "lost_sale_request_id"],
        unique=False,
        schema="doc",
    )
    op.create_table(
        "trade_in_appraisal",
        sa.Column("trade_in_appraisal_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=True),
        sa.Column("lead_id", sa.Text(collation="C"), nullable=True),
        sa.Column("old_vin", sa.Text(collation="C"), nullable=True),
        sa.Column("make_and_model", sa.Text(), nullable=False),
        sa.Column("model_year", sa.BigInteger(), nullable=False),
        sa.Column("plate", sa.Text(), nullable=True),
        sa.Column("odometer_km", sa.BigInteger(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("offer_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("appraised_date", sa.Date(), nullable=False),
        sa.Column("valid_to_date", sa.Date(), nullable=False),
        sa.Column("decline_reason", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint("condition in ('good', 'fair', 'poor')", name="ck_trade_in_appraisal_condition"),
        sa.CheckConstraint(
            "state in ('offered', 'accepted', 'declined')", name="ck_trade_in_appraisal_state"
        ),
        sa.CheckConstraint("model_year between 1900 and 2100", name="ck_trade_in_appraisal_model_year"),
        sa.CheckConstraint("odometer_km between 0 and 2000000", name="ck_trade_in_appraisal_odometer_km"),
        sa.CheckConstraint("offer_minor >= 0", name="ck_trade_in_appraisal_offer_minor"),
        sa.CheckConstraint("valid_to_date >= appraised_date", name="ck_trade_in_appraisal_rule_1"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["doc.customer_record.customer_id"], name="fk_trade_in_appraisal_customer_id"
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["doc.lead.lead_id"], name="fk_trade_in_appraisal_lead_id"),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_trade_in_appraisal_outlet_id"
        ),
        sa.PrimaryKeyConstraint("trade_in_appraisal_id", name="pk_trade_in_appraisal"),
        schema="doc",
    )
    op.create_index(
        "ix_trade_in_appraisal_outlet_id",
        "trade_in_appraisal",
        ["outlet_id", "trade_in_appraisal_id"],
        unique=False,
        schema="doc",
    )
