"""What documents ask of one another: one car one order, holder, warranty; loans and bins of parts."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

MOVE_TYPES = (
    "'opening', 'receipt', 'issue_repair_order', 'counter_sale', 'internal_use', 'transfer_in', 'transfer_out', "
    "'count_adjustment', 'customer_return', 'supplier_return', 'scrap', 'loan_out', 'loan_in', 'bin_move'"
)


def upgrade() -> None:
    op.create_table(
        "pre_authorisation",
        sa.Column("pre_authorisation_id", sa.Text(collation="C"), nullable=False),
        sa.Column("outlet_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("repair_order_id", sa.Text(collation="C"), nullable=False),
        sa.Column("vin", sa.Text(collation="C"), nullable=False),
        sa.Column("causal_part_id", sa.Text(collation="C"), nullable=True),
        sa.Column("diagnosis", sa.Text(), nullable=False),
        sa.Column("estimate_minor", sa.BigInteger(), nullable=False),
        sa.Column("granted_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("requested_date", sa.Date(), nullable=False),
        sa.Column("valid_to_date", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('requested', 'granted', 'refused')", name="ck_pre_authorisation_state"),
        sa.CheckConstraint("estimate_minor >= 0", name="ck_pre_authorisation_estimate_minor"),
        sa.CheckConstraint("granted_minor >= 0", name="ck_pre_authorisation_granted_minor"),
        sa.CheckConstraint("valid_to_date >= requested_date", name="ck_pre_authorisation_rule_1"),
        sa.ForeignKeyConstraint(
            ["causal_part_id"], ["doc.part.part_id"], name="fk_pre_authorisation_causal_part_id"
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["doc.outlet.outlet_code"], name="fk_pre_authorisation_outlet_id"
        ),
        sa.ForeignKeyConstraint(
            ["repair_order_id"],
            ["doc.repair_order.repair_order_id"],
            name="fk_pre_authorisation_repair_order_id",
        ),
        sa.ForeignKeyConstraint(["vin"], ["doc.vehicle.vin"], name="fk_pre_authorisation_vin"),
        sa.PrimaryKeyConstraint("pre_authorisation_id", name="pk_pre_authorisation"),
        schema="doc",
    )
    op.create_index(
        "ix_pre_authorisation_outlet_id",
        "pre_authorisation",
        ["outlet_id", "pre_authorisation_id"],
        unique=False,
        schema="doc",
    )
    op.create_index(
        "ux_bulletin_receipt_1",
        "bulletin_receipt",
        ["bulletin_id", "created_by"],
        unique=True,
        schema="doc",
        postgresql_where=sa.text("state in ('read')"),
    )
    op.create_index(
        "ux_campaign_vin_1",
        "campaign_vin",
        ["service_action_id", "vin"],
        unique=True,
        schema="doc",
        postgresql_where=sa.text("state in ('open', 'done', 'unreachable')"),
    )
    op.create_index(
        "ux_lost_sale_request_1",
        "lost_sale_request",
        ["lead_id"],
        unique=True,
        schema="doc",
        postgresql_where=sa.text("state in ('submitted')"),
    )
    op.create_index(
        "ux_monitored_placement_1",
        "monitored_placement",
        ["vin"],
        unique=True,
        schema="doc",
        postgresql_where=sa.text("state in ('placed', 'monitored')"),
    )
    op.create_index(
        "ix_retail_delivery_retail_order_id",
        "retail_delivery",
        ["retail_order_id"],
        unique=False,
        schema="doc",
    )
    op.create_index(
        "ux_retail_delivery_1",
        "retail_delivery",
        ["vin"],
        unique=True,
        schema="doc",
        postgresql_where=sa.text("state in ('reported', 'audited')"),
    )
    op.create_index(
        "ux_retail_order_1",
        "retail_order",
        ["vin"],
        unique=True,
        schema="doc",
        postgresql_where=sa.text("state in ('matched')"),
    )
    op.add_column(
        "vehicle", sa.Column("holder_outlet_code", sa.Text(collation="C"), nullable=True), schema="doc"
    )
    op.add_column("vehicle", sa.Column("warranty_start_date", sa.Date(), nullable=True), schema="doc")
    op.create_foreign_key(
        "fk_vehicle_holder_outlet_code",
        "vehicle",
        "outlet",
        ["holder_outlet_code"],
        ["outlet_code"],
        source_schema="doc",
        referent_schema="doc",
    )
    op.create_index(
        "ux_vehicle_certificate_1",
        "vehicle_certificate",
        ["vin"],
        unique=True,
        schema="doc",
        postgresql_where=sa.text("state in ('held', 'pledged', 'released', 'handed_over')"),
    )
    op.create_index(
        "ux_vehicle_lock_1",
        "vehicle_lock",
        ["vin", "reason", "outlet_id"],
        unique=True,
        schema="doc",
        postgresql_where=sa.text("state in ('active')"),
    )
    op.create_index(
        "ux_vehicle_order_1",
        "vehicle_order",
        ["vin"],
        unique=True,
        schema="doc",
        postgresql_where=sa.text("state in ('allocated', 'dispatched', 'received', 'closed')"),
    )
    op.create_index(
        "ux_vehicle_order_2",
        "vehicle_order",
        ["retail_order_id"],
        unique=True,
        schema="doc",
        postgresql_where=sa.text(
            "state in ('submitted', 'fund_checked', 'approved', 'consolidated', 'scheduled', 'produced', 'allocated', 'dispatched', 'received', 'closed')"
        ),
    )
    op.create_index(
        "ix_vehicle_ownership_reference", "vehicle_ownership", ["reference"], unique=False, schema="doc"
    )
    op.create_index(
        "ux_vehicle_ownership_1",
        "vehicle_ownership",
        ["vin"],
        unique=True,
        schema="doc",
        postgresql_where=sa.text("state in ('current')"),
    )
    op.add_column(
        "warranty_claim",
        sa.Column("pre_authorisation_id", sa.Text(collation="C"), nullable=True),
        schema="doc",
    )
    op.create_index(
        "ux_warranty_claim_1",
        "warranty_claim",
        ["repair_order_id", "causal_part_id", "failure_code"],
        unique=True,
        schema="doc",
        postgresql_where=sa.text(
            "state in ('submitted', 'auto_checked', 'approved', 'part_approved', 'returned', 'settled')"
        ),
    )
    op.create_foreign_key(
        "fk_warranty_claim_pre_authorisation_id",
        "warranty_claim",
        "pre_authorisation",
        ["pre_authorisation_id"],
        ["pre_authorisation_id"],
        source_schema="doc",
        referent_schema="doc",
    )
    op.drop_constraint("ck_parts_stock_move_move_type", "parts_stock_move", schema="doc")
    op.create_check_constraint(
        "ck_parts_stock_move_move_type", "parts_stock_move", f"move_type in ({MOVE_TYPES})", schema="doc"
    )
