"""Vehicle life and service."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "service_action",
        sa.Column("service_action_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("action_kind", sa.Text(), nullable=False),
        sa.Column("bulletin", sa.Text(collation="C"), nullable=True),
        sa.Column("announced_date", sa.Date(), nullable=False),
        sa.Column("ends_date", sa.Date(), nullable=True),
        sa.Column("operation", sa.Text(collation="C"), nullable=False),
        sa.Column("standard_hours", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "action_kind in ('safety_recall', 'service_campaign', 'technical_update')",
            name="ck_service_action_action_kind",
        ),
        sa.CheckConstraint("state in ('draft', 'active', 'closed')", name="ck_service_action_state"),
        sa.CheckConstraint("ends_date >= announced_date", name="ck_service_action_rule_1"),
        sa.CheckConstraint("standard_hours between 0 and 1000", name="ck_service_action_standard_hours"),
        sa.PrimaryKeyConstraint("service_action_id", name="pk_service_action"),
        schema="doc",
    )
    op.create_table(
        "campaign_vin",
        sa.Column("campaign_vin_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("service_action_id", sa.Text(collation="C"), nullable=False),
        sa.Column("vin", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_code", sa.Text(collation="C"), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint("state in ('open', 'done', 'unreachable')", name="ck_campaign_vin_state"),
        sa.ForeignKeyConstraint(
            ["outlet_code"], ["doc.outlet.outlet_code"], name="fk_campaign_vin_outlet_code"
        ),
        sa.ForeignKeyConstraint(
            ["service_action_id"],
            ["doc.service_action.service_action_id"],
            name="fk_campaign_vin_service_action_id",
        ),
        sa.ForeignKeyConstraint(["vin"], ["doc.vehicle.vin"], name="fk_campaign_vin_vin"),
        sa.PrimaryKeyConstraint("campaign_vin_id", name="pk_campaign_vin"),
        schema="doc",
    )
    op.create_index("ix_campaign_vin_vin", "campaign_vin", ["vin"], unique=False, schema="doc")
    op.create_table(
        "monitored_placement",
        sa.Column("monitored_placement_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("vin", sa.Text(collation="C"), nullable=False),
        sa.Column("placed_date", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("checked_date", sa.Date(), nullable=True),
        sa.Column("settled_date", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state in ('placed', 'monitored', 'settled', 'returned')", name="ck_monitored_placement_state"
        ),
        sa.CheckConstraint("due_date >= placed_date", name="ck_monitored_placement_rule_1"),
        sa.CheckConstraint("price_minor >= 0", name="ck_monitored_placement_price_minor"),
        sa.CheckConstraint("settled_date >= placed_date", name="ck_monitored_placement_rule_2"),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_monitored_placement_outlet_id"
        ),
        sa.ForeignKeyConstraint(["vin"], ["doc.vehicle.vin"], name="fk_monitored_placement_vin"),
        sa.PrimaryKeyConstraint("monitored_placement_id", name="pk_monitored_placement"),
        schema="doc",
    )
    op.create_index(
        "ix_monitored_placement_outlet_id",
        "monitored_placement",
        ["outlet_id", "monitored_placement_id"],
        unique=False,
        schema="doc",
    )
    op.create_index("ix_monitored_placement_vin", "monitored_placement", ["vin"], unique=False, schema="doc")
    op.create_table(
        "ownership_transfer",
        sa.Column("ownership_transfer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("vin", sa.Text(collation="C"), nullable=False),
        sa.Column("from_customer_id", sa.Text(collation="C"), nullable=True),
        sa.Column("to_customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("transferred_date", sa.Date(), nullable=False),
        sa.Column("proof", sa.Text(collation="C"), nullable=False),
        sa.Column("reject_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state in ('submitted', 'confirmed', 'rejected')", name="ck_ownership_transfer_state"
        ),
        sa.ForeignKeyConstraint(
            ["from_customer_id"],
            ["doc.customer_record.customer_id"],
            name="fk_ownership_transfer_from_customer_id",
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_ownership_transfer_outlet_id"
        ),
        sa.ForeignKeyConstraint(
            ["to_customer_id"],
            ["doc.customer_record.customer_id"],
            name="fk_ownership_transfer_to_customer_id",
        ),
        sa.ForeignKeyConstraint(["vin"], ["doc.vehicle.vin"], name="fk_ownership_transfer_vin"),
        sa.PrimaryKeyConstraint("ownership_transfer_id", name="pk_ownership_transfer"),
        schema="doc",
    )
    op.create_index(
        "ix_ownership_transfer_outlet_id",
        "ownership_transfer",
        ["outlet_id", "ownership_transfer_id"],
        unique=False,
        schema="doc",
    )
    op.create_index("ix_ownership_transfer_vin", "ownership_transfer", ["vin"], unique=False, schema="doc")
    op.create_table(
        "service_contract",
        sa.Column("service_contract_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("vin", sa.Text(collation="C"), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("plan", sa.Text(collation="C"), nullable=False),
        sa.Column("starts_date", sa.Date(), nullable=False),
        sa.Column("ends_date", sa.Date(), nullable=False),
        sa.Column("limit_km", sa.BigInteger(), nullable=True),
        sa.Column("visits", sa.BigInteger(), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state in ('active', 'expired', 'used', 'cancelled')", name="ck_service_contract_state"
        ),
        sa.CheckConstraint("ends_date >= starts_date", name="ck_service_contract_rule_1"),
        sa.CheckConstraint("limit_km between 1 and 2000000", name="ck_service_contract_limit_km"),
        sa.CheckConstraint("price_minor >= 0", name="ck_service_contract_price_minor"),
        sa.CheckConstraint("visits between 1 and 100", name="ck_service_contract_visits"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["doc.customer_record.customer_id"], name="fk_service_contract_customer_id"
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_service_contract_outlet_id"
        ),
        sa.ForeignKeyConstraint(["vin"], ["doc.vehicle.vin"], name="fk_service_contract_vin"),
        sa.PrimaryKeyConstraint("service_contract_id", name="pk_service_contract"),
        schema="doc",
    )
    op.create_index(
        "ix_service_contract_outlet_id",
        "service_contract",
        ["outlet_id", "service_contract_id"],
        unique=False,
        schema="doc",
    )
    op.create_index("ix_service_contract_vin", "service_contract", ["vin"], unique=False, schema="doc")
    op.create_table(
        "value_added_sale",
        sa.Column("value_added_sale_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("sale_kind", sa.Text(), nullable=False),
        sa.Column("vin", sa.Text(collation="C"), nullable=True),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("policy_no", sa.Text(collation="C"), nullable=True),
        sa.Column("sold_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_date", sa.Date(), nullable=True),
        sa.Column("ends_date", sa.Date(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("commission_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Text(collation="C"), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "sale_kind in ('insurance', 'accessory', 'inspection', 'extended_warranty', 'finance', 'registration')",
            name="ck_value_added_sale_sale_kind",
        ),
        sa.CheckConstraint("state in ('sold', 'cancelled')", name="ck_value_added_sale_state"),
        sa.CheckConstraint("amount_minor >= 0", name="ck_value_added_sale_amount_minor"),
        sa.CheckConstraint("commission_minor >= 0", name="ck_value_added_sale_commission_minor"),
        sa.CheckConstraint("ends_date >= starts_date", name="ck_value_added_sale_rule_1"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["doc.customer_record.customer_id"], name="fk_value_added_sale_customer_id"
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_value_added_sale_outlet_id"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["doc.staff.staff_id"], name="fk_value_added_sale_staff_id"),
        sa.ForeignKeyConstraint(["vin"], ["doc.vehicle.vin"], name="fk_value_added_sale_vin"),
        sa.PrimaryKeyConstraint("value_added_sale_id", name="pk_value_added_sale"),
        schema="doc",
    )
    op.create_index(
        "ix_value_added_sale_outlet_id",
        "value_added_sale",
        ["outlet_id", "value_added_sale_id"],
        unique=False,
        schema="doc",
    )
    op.create_table(
        "vehicle_certificate",
        sa.Column("vehicle_certificate_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("vin", sa.Text(collation="C"), nullable=False),
        sa.Column("certificate_no", sa.Text(collation="C"), nullable=False),
        sa.Column("custody", sa.Text(), nullable=False),
        sa.Column("held_since_date", sa.Date(), nullable=False),
        sa.Column("pledge_reference", sa.Text(collation="C"), nullable=True),
        sa.Column("release_reason", sa.Text(), nullable=True),
        sa.Column("handed_over_date", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "custody in ('oem', 'bank', 'dealer', 'customer')", name="ck_vehicle_certificate_custody"
        ),
        sa.CheckConstraint(
            "state in ('held', 'pledged', 'released', 'handed_over')", name="ck_vehicle_certificate_state"
        ),
        sa.CheckConstraint("handed_over_date >= held_since_date", name="ck_vehicle_certificate_rule_1"),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_vehicle_certificate_outlet_id"
        ),
        sa.ForeignKeyConstraint(["vin"], ["doc.vehicle.vin"], name="fk_vehicle_certificate_vin"),
        sa.PrimaryKeyConstraint("vehicle_certificate_id", name="pk_vehicle_certificate"),
        schema="doc",
    )
    op.create_index(
        "ix_vehicle_certificate_outlet_id",
        "vehicle_certificate",
        ["outlet_id", "vehicle_certificate_id"],
        unique=False,
        schema="doc",
    )
    op.create_index("ix_vehicle_certificate_vin", "vehicle_certificate", ["vin"], unique=False, schema="doc")
    op.create_table(
        "vehicle_lock",
        sa.Column("vehicle_lock_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("vin", sa.Text(collation="C"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reference", sa.Text(collation="C"), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "reason in ('order', 'dispatch', 'damage', 'return', 'wholesale', 'trade_in', 'transfer', 'report', 'loan')",
            name="ck_vehicle_lock_reason",
        ),
        sa.CheckConstraint("state in ('active', 'released')", name="ck_vehicle_lock_state"),
        sa.ForeignKeyConstraint(["outlet_id"], ["doc.outlet.outlet_code"], name="fk_vehicle_lock_outlet_id"),
        sa.ForeignKeyConstraint(["vin"], ["doc.vehicle.vin"], name="fk_vehicle_lock_vin"),
        sa.PrimaryKeyConstraint("vehicle_lock_id", name="pk_vehicle_lock"),
        schema="doc",
    )
    op.create_index(
        "ix_vehicle_lock_outlet_id",
        "vehicle_lock",
        ["outlet_id", "vehicle_lock_id"],
        unique=False,
        schema="doc",
    )
    op.create_index("ix_vehicle_lock_vin", "vehicle_lock", ["vin"], unique=False, schema="doc")
    op.create_table(
        "vehicle_ownership",
        sa.Column("vehicle_ownership_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("vin", sa.Text(collation="C"), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("starts_date", sa.Date(), nullable=False),
        sa.Column("ends_date", sa.Date(), nullable=True),
        sa.Column("reference", sa.Text(collation="C"), nullable=False),
        sa.CheckConstraint("state in ('current', 'ended')", name="ck_vehicle_ownership_state"),
        sa.CheckConstraint("ends_date >= starts_date", name="ck_vehicle_ownership_rule_1"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["doc.customer_record.customer_id"], name="fk_vehicle_ownership_customer_id"
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_vehicle_ownership_outlet_id"
        ),
        sa.ForeignKeyConstraint(["vin"], ["doc.vehicle.vin"], name="fk_vehicle_ownership_vin"),
        sa.PrimaryKeyConstraint("vehicle_ownership_id", name="pk_vehicle_ownership"),
        schema="doc",
    )
    op.create_index(
        "ix_vehicle_ownership_customer_id", "vehicle_ownership", ["customer_id"], unique=False, schema="doc"
    )
    op.create_index(
        "ix_vehicle_ownership_outlet_id",
        "vehicle_ownership",
        ["outlet_id", "vehicle_ownership_id"],
        unique=False,
        schema="doc",
    )
    op.create_index("ix_vehicle_ownership_vin", "vehicle_ownership", ["vin"], unique=False, schema="doc")
    op.create_table(
        "vehicle_transfer",
        sa.Column("vehicle_transfer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("vin", sa.Text(collation="C"), nullable=False),
        sa.Column("to_outlet_code", sa.Text(collation="C"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_date", sa.Date(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reject_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state in ('requested', 'approved', 'rejected', 'done')", name="ck_vehicle_transfer_state"
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_vehicle_transfer_outlet_id"
        ),
        sa.ForeignKeyConstraint(
            ["to_outlet_code"], ["doc.outlet.outlet_code"], name="fk_vehicle_transfer_to_outlet_code"
        ),
        sa.ForeignKeyConstraint(["vin"], ["doc.vehicle.vin"], name="fk_vehicle_transfer_vin"),
        sa.PrimaryKeyConstraint("vehicle_transfer_id", name="pk_vehicle_transfer"),
        schema="doc",
    )
    op.create_index(
        "ix_vehicle_transfer_outlet_id",
        "vehicle_transfer",
        ["outlet_id", "vehicle_transfer_id"],
        unique=False,
        schema="doc",
    )
    op.create_index("ix_vehicle_transfer_vin", "vehicle_transfer", ["vin"], unique=False, schema="doc")
    op.create_table(
        "labor_clocking",
        sa.Column("labor_clocking_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("repair_order_id", sa.Text(collation="C"), nullable=False),
        sa.Column("operation", sa.Text(collation="C"), nullable=False),
        sa.Column("technician_id", sa.Text(collation="C"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('posted')", name="ck_labor_clocking_state"),
        sa.CheckConstraint("stopped_at >= started_at", name="ck_labor_clocking_rule_1"),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_labor_clocking_outlet_id"
        ),
        sa.ForeignKeyConstraint(
            ["repair_order_id"],
            ["doc.repair_order.repair_order_id"],
            name="fk_labor_clocking_repair_order_id",
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["doc.staff.staff_id"], name="fk_labor_clocking_technician_id"
        ),
        sa.PrimaryKeyConstraint("labor_clocking_id", name="pk_labor_clocking"),
        schema="doc",
    )
    op.create_index(
        "ix_labor_clocking_outlet_id",
        "labor_clocking",
        ["outlet_id", "labor_clocking_id"],
        unique=False,
        schema="doc",
    )
    op.create_index(
        "ix_labor_clocking_repair_order_id", "labor_clocking", ["repair_order_id"], unique=False, schema="doc"
    )
    op.create_table(
        "qc_check",
        sa.Column("qc_check_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("repair_order_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Text(collation="C"), nullable=False),
        sa.CheckConstraint("outcome in ('passed', 'rework')", name="ck_qc_check_outcome"),
        sa.CheckConstraint("state in ('posted')", name="ck_qc_check_state"),
        sa.ForeignKeyConstraint(["outlet_id"], ["doc.outlet.outlet_code"], name="fk_qc_check_outlet_id"),
        sa.ForeignKeyConstraint(
            ["repair_order_id"], ["doc.repair_order.repair_order_id"], name="fk_qc_check_repair_order_id"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["doc.staff.staff_id"], name="fk_qc_check_staff_id"),
        sa.PrimaryKeyConstraint("qc_check_id", name="pk_qc_check"),
        schema="doc",
    )
    op.create_index(
        "ix_qc_check_outlet_id", "qc_check", ["outlet_id", "qc_check_id"], unique=False, schema="doc"
    )
    op.create_index(
        "ix_qc_check_repair_order_id", "qc_check", ["repair_order_id"], unique=False, schema="doc"
    )
    op.create_table(
        "roadside_case",
        sa.Column("roadside_case_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("vin", sa.Text(collation="C"), nullable=True),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=True),
        sa.Column("caller_phone", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("symptom", sa.Text(collation="C"), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("repair_order_id", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint(
            "outcome in ('repaired', 'towed', 'cancelled', 'not_found')", name="ck_roadside_case_outcome"
        ),
        sa.CheckConstraint("state in ('open', 'closed')", name="ck_roadside_case_state"),
        sa.CheckConstraint("reached_at >= called_at", name="ck_roadside_case_rule_1"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["doc.customer_record.customer_id"], name="fk_roadside_case_customer_id"
        ),
        sa.ForeignKeyConstraint(["outlet_id"], ["doc.outlet.outlet_code"], name="fk_roadside_case_outlet_id"),
        sa.ForeignKeyConstraint(
            ["repair_order_id"], ["doc.repair_order.repair_order_id"], name="fk_roadside_case_repair_order_id"
        ),
        sa.ForeignKeyConstraint(["vin"], ["doc.vehicle.vin"], name="fk_roadside_case_vin"),
        sa.PrimaryKeyConstraint("roadside_case_id", name="pk_roadside_case"),
        schema="doc",
    )
    op.create_index(
        "ix_roadside_case_outlet_id",
        "roadside_case",
        ["outlet_id", "roadside_case_id"],
        unique=False,
        schema="doc",
    )
    op.create_table(
        "returned_part",
        sa.Column("returned_part_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("warranty_claim_id", sa.Text(collation="C"), nullable=False),
        sa.Column("part_id", sa.Text(collation="C"), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("tag", sa.Text(collation="C"), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("shipped_date", sa.Date(), nullable=True),
        sa.Column("waybill", sa.Text(collation="C"), nullable=True),
        sa.Column("received_date", sa.Date(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column("charged_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state in ('due', 'shipped', 'received', 'accepted', 'missing', 'charged')",
            name="ck_returned_part_state",
        ),
        sa.CheckConstraint("charged_minor >= 0", name="ck_returned_part_charged_minor"),
        sa.CheckConstraint("quantity between 1 and 1000", name="ck_returned_part_quantity"),
        sa.CheckConstraint("received_date >= shipped_date", name="ck_returned_part_rule_1"),
        sa.ForeignKeyConstraint(["outlet_id"], ["doc.outlet.outlet_code"], name="fk_returned_part_outlet_id"),
        sa.ForeignKeyConstraint(["part_id"], ["doc.part.part_id"], name="fk_returned_part_part_id"),
        sa.ForeignKeyConstraint(
            ["warranty_claim_id"],
            ["doc.warranty_claim.warranty_claim_id"],
            name="fk_returned_part_warranty_claim_id",
        ),
        sa.PrimaryKeyConstraint("returned_part_id", name="pk_returned_part"),
        schema="doc",
    )
    op.create_index(
        "ix_returned_part_outlet_id",
        "returned_part",
        ["outlet_id", "returned_part_id"],
        unique=False,
        schema="doc",
    )
    op.create_index(
        "ix_returned_part_warranty_claim_id",
        "returned_part",
        ["warranty_claim_id"],
        unique=False,
        schema="doc",
    )
    op.create_table(
        "vehicle_return",
        sa.Column("vehicle_return_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("return_kind", sa.Text(), nullable=False),
        sa.Column("vin", sa.Text(collation="C"), nullable=False),
        sa.Column("retail_delivery_id", sa.Text(collation="C"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_date", sa.Date(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reject_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("return_kind in ('sales', 'purchase')", name="ck_vehicle_return_return_kind"),
        sa.CheckConstraint(
            "state in ('requested', 'approved', 'rejected', 'done')", name="ck_vehicle_return_state"
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_vehicle_return_outlet_id"
        ),
        sa.ForeignKeyConstraint(
            ["retail_delivery_id"],
            ["doc.retail_delivery.retail_delivery_id"],
            name="fk_vehicle_return_retail_delivery_id",
        ),
        sa.ForeignKeyConstraint(["vin"], ["doc.vehicle.vin"], name="fk_vehicle_return_vin"),
        sa.PrimaryKeyConstraint("vehicle_return_id", name="pk_vehicle_return"),
        schema="doc",
    )
    op.create_index(
        "ix_vehicle_return_outlet_id",
        "vehicle_return",
        ["outlet_id", "vehicle_return_id"],
        unique=False,
        schema="doc",
    )
    op.create_index("ix_vehicle_return_vin", "vehicle_return", ["vin"], unique=False, schema="doc")
