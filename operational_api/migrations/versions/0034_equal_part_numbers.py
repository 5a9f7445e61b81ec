"""A part number stands once among parts that are not obsolete, whatever its separators and capitals.

Numbers that are equal already are named and nothing is changed: which of them is one too many, nobody here
knows. Before the upgrade, amend the number that is wrong, or retire the part that is not needed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

NUMBER = "upper(regexp_replace(part_no, '[^[:alnum:]]', '', 'g'))"
LIVES = "state in ('planned', 'active', 'run_out')"
MOST_NAMED = 20
EQUAL = f"""
select string_agg(part_id || ' "' || part_no || '"', ', ' order by part_id) from doc.part
 where {LIVES} group by {NUMBER} having count(*) > 1 order by min(part_id)"""


def upgrade() -> None:
    equal = [row[0] for row in op.get_bind().execute(sa.text(EQUAL))]
    if equal:
        more = f"\n  and {len(equal) - MOST_NAMED} more" if len(equal) > MOST_NAMED else ""
        named = "".join(f"\n  {parts}" for parts in equal[:MOST_NAMED])
        raise RuntimeError(
            f"{len(equal)} part numbers stand more than once but for their spelling; nothing was changed. With "
            f"the version before this one, amend the wrong part_no or retire the part not needed:{named}{more}"
        )
    op.create_index(
        "ux_part_1",
        "part",
        [sa.text(NUMBER)],
        unique=True,
        schema="doc",
        postgresql_where=sa.text(LIVES),
    )
