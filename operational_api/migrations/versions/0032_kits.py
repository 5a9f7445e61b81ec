"""A part relation may say what a kit is made of."""

from alembic import op

revision = "0032"
down_revision = "0031"

NAME, TABLE = "ck_part_relation_relation_type", "part_relation"


def upgrade() -> None:
    op.drop_constraint(NAME, TABLE, schema="doc")
    op.create_check_constraint(
        NAME, TABLE, "relation_type in ('supersession', 'interchange', 'kit')", schema="doc"
    )
