"""Tables of the operational database, read off the declarations; the metadata Alembic compares with.

In: `DOCUMENTS`. Out: SQLAlchemy metadata of schema `doc` (one table per type) and of schema `api`
(change, idempotency, account, api_key, feed). Nothing on the hot path uses it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType

from operational_api.document import AtMost, Document, Field, Kind, NotBefore, Rule
from operational_api.documents import BY_NAME, DOCUMENTS

NUMERIC_PRECISION, NUMERIC_SCALE = 18, 6
_NAME_LIMIT = 63  # PostgreSQL cuts longer names silently

# Keys compare byte by byte on every server, so that pages continue in the same order everywhere.
_CODE = sa.Text(collation="C")
_COLUMN_TYPES: dict[Kind, sa.types.TypeEngine[Any]] = {
    Kind.TEXT: sa.Text(),
    Kind.CODE: _CODE,
    Kind.CHOICE: sa.Text(),
    Kind.VIN: _CODE,
    Kind.PHONE: sa.Text(),
    Kind.EMAIL: sa.Text(),
    Kind.COUNTRY: sa.Text(),
    Kind.CURRENCY: sa.Text(),
    Kind.INTEGER: sa.BigInteger(),
    Kind.MONEY: sa.BigInteger(),
    Kind.DECIMAL: sa.Numeric(NUMERIC_PRECISION, NUMERIC_SCALE),
    Kind.BOOLEAN: sa.Boolean(),
    Kind.DATE: sa.Date(),
    Kind.MONTH: sa.Date(),
    Kind.INSTANT: sa.DateTime(timezone=True),
    Kind.LINES: pg.JSONB(),
}
SQL_TYPES: dict[Kind, str] = {
    kind: str(column_type.compile(dialect=pg.dialect())).replace(' COLLATE "C"', "")  # type: ignore[no-untyped-call]
    for kind, column_type in _COLUMN_TYPES.items()
}


class Xid8(UserDefinedType[str]):
    """A 64-bit transaction id, which never wraps around."""

    cache_ok = True

    def __init__(self, *_: object) -> None:
        """Takes and ignores the modifiers that reflection hands to every type."""

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


ischema_names["xid8"] = Xid8  # so that a comparison with the database recognises the column


def build_metadata() -> sa.MetaData:
    """All tables, in an order in which foreign keys find their targets."""
    metadata = sa.MetaData()
    for document in DOCUMENTS:
        _document_table(document, metadata)
    _change_table(metadata)
    _idempotency_table(metadata)
    _account_tables(metadata)
    _feed_table(metadata)
    _fund_balance_table(metadata)
    _stock_balance_table(metadata)
    _suppression_tables(metadata)
    _customer_key_table(metadata)
    return metadata


def compacted(column: str) -> str:
    """SQL: letters and digits alone, in capitals: `04465-02 0t` -> `04465020T`."""
    return f"upper(regexp_replace({column}, '[^[:alnum:]]', '', 'g'))"


def check_name(document: Document, field: Field) -> str:
    return _name(f"ck_{document.name}_{field.name}")


def rule_name(document: Document, number: int) -> str:
    return _name(f"ck_{document.name}_rule_{number}")


def once_name(document: Document, number: int) -> str:
    return _name(f"ux_{document.name}_{number}")


def reference_name(document: Document, field_name: str) -> str:
    return _name(f"fk_{document.name}_{field_name}")


def _document_table(document: Document, metadata: sa.MetaData) -> None:
    declared = [
        sa.Column(f.name, _COLUMN_TYPES[f.kind], nullable=not f.required or f.personal)
        for f in document.fields
    ]
    # A personal field may be required on entry, but erasure must be able to empty it.
    table = sa.Table(
        document.name,
        metadata,
        sa.Column(document.key, _CODE, primary_key=True),
        *([sa.Column("outlet_id", _CODE, nullable=False)] if document.is_tenant else []),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _instant("effective_at"),
        _instant("created_at"),
        sa.Column("created_by", sa.Text(), nullable=False),
        _instant("updated_at"),
        sa.Column("updated_by", sa.Text(), nullable=False),
        *declared,
        schema="doc",
    )
    table.primary_key.name = _name(f"pk_{document.name}")
    for constraint in (*_references(document), *_checks(document)):
        table.append_constraint(constraint)
    if document.is_tenant:
        sa.Index(_name(f"ix_{document.name}_outlet_id"), table.c.outlet_id, table.c[document.key])
    for number, once in enumerate(document.once, start=1):
        states = f"state in ({_texts(once.states)})"
        columns = [sa.text(compacted(n)) if once.compacted else table.c[n] for n in once.fields]
        where = sa.text(states)
        sa.Index(once_name(document, number), *columns, unique=True, postgresql_where=where, _table=table)
    for names in document.index:
        sa.Index(
            _name(f"ix_{document.name}_{'_'.join(names)}"),
            *(table.c[name] for name in names),
        )


def _references(document: Document) -> list[sa.ForeignKeyConstraint]:
    pairs = list(document.references())
    if document.is_tenant:
        pairs.insert(0, ("outlet_id", "outlet"))
    return [
        sa.ForeignKeyConstraint(
            [name], [f"doc.{target}.{BY_NAME[target].key}"], name=reference_name(document, name)
        )
        for name, target in pairs
    ]


def _checks(document: Document) -> list[sa.CheckConstraint]:
    checks = [("state", f"state in ({_texts(document.states)})", _name(f"ck_{document.name}_state"))]
    checks += [(f.name, sql, check_name(document, f)) for f in document.fields if (sql := _check(f))]
    checks += [(r.name, _rule_sql(r), rule_name(document, n)) for n, r in enumerate(document.rules, start=1)]
    return [sa.CheckConstraint(sql, name=name) for _, sql, name in checks]


def _check(field: Field) -> str | None:
    """The rule of one field as SQL; null passes."""
    if field.kind is Kind.CHOICE:
        return f"{field.name} in ({_texts(field.choices)})"
    if field.kind is Kind.MONTH:
        return f"extract(day from {field.name}) = 1"
    if field.minimum is not None and field.maximum is not None:
        return f"{field.name} between {field.minimum} and {field.maximum}"
    if field.minimum is not None:
        return f"{field.name} >= {field.minimum}"
    if field.maximum is not None:
        return f"{field.name} <= {field.maximum}"
    return None


def _rule_sql(rule: Rule) -> str:
    match rule:
        case AtMost(parts, whole):
            return f"{' + '.join(f'coalesce({p}, 0)' for p in parts)} <= {whole}"
        case NotBefore(later, earlier):
            return f"{later} >= {earlier}"


def _change_table(metadata: sa.MetaData) -> None:
    """Audit and feed in one; a reader takes windows of xid, so a slow transaction is never skipped."""
    table = sa.Table(
        "change",
        metadata,
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("key", _CODE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("outlet_id", _CODE),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        _instant("effective_at"),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("after", pg.JSONB(), nullable=False),
        sa.Column("personal_changed", pg.ARRAY(sa.Text())),
        sa.PrimaryKeyConstraint("xid", "seq", name="pk_change"),
        schema="api",
    )
    sa.Index("ux_change_document_key_version", table.c.document, table.c.key, table.c.version, unique=True)


def _idempotency_table(metadata: sa.MetaData) -> None:
    """First answers, per subject. `key` stands where personal fields do: an erasure finds them by it."""
    table = sa.Table(
        "idempotency",
        metadata,
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("idempotency_key", _CODE, nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("key", _CODE),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("subject", "idempotency_key", name="pk_idempotency"),
        schema="api",
    )
    sa.Index(
        "ix_idempotency_document_key",
        table.c.document,
        table.c.key,
        postgresql_where=sa.text("key is not null"),
    )
    sa.Index("ix_idempotency_created_at", table.c.created_at, postgresql_using="brin")


def _account_tables(metadata: sa.MetaData) -> None:
    def scope() -> list[sa.Column[object]]:
        return [
            sa.Column("role", sa.Text(), nullable=False),
            sa.Column("grants", pg.ARRAY(sa.Text()), nullable=False),
            sa.Column("outlets", pg.ARRAY(sa.Text())),  # null: see region_path; both null: all
            sa.Column("region_path", sa.Text()),
            sa.Column("language", sa.Text(), nullable=False),
            sa.Column(
                "created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
            ),
            sa.Column("revoked_at", sa.DateTime(timezone=True)),
        ]

    sa.Table(
        "account",
        metadata,
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        *scope(),
        sa.PrimaryKeyConstraint("subject", name="pk_account"),
        schema="api",
    )
    sa.Table(
        "api_key",
        metadata,
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        *scope(),
        sa.PrimaryKeyConstraint("key_hash", name="pk_api_key"),
        schema="api",
    )


def _feed_table(metadata: sa.MetaData) -> None:
    """One row. A restored database gets a new epoch: its transaction ids start anew."""
    sa.Table(
        "feed",
        metadata,
        sa.Column("is_only_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("epoch", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("is_only_row", name="pk_feed"),
        sa.CheckConstraint("is_only_row", name="ck_feed_is_only_row"),
        schema="api",
    )


def _fund_balance_table(metadata: sa.MetaData) -> None:
    """One row per fund account: the sum of its entries, and the row that whoever spends must take first."""
    sa.Table(
        "fund_balance",
        metadata,
        sa.Column("fund_account_id", _CODE, nullable=False),
        sa.Column("outlet_id", _CODE, nullable=False),
        sa.Column("fund_type", _CODE, nullable=False),
        sa.Column("earmark", _CODE, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("available_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("held_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("entries", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("fund_account_id", name="pk_fund_balance"),
        sa.CheckConstraint("held_minor >= 0", name="ck_fund_balance_held_minor"),
        schema="api",
    ).append_constraint(
        sa.UniqueConstraint("outlet_id", "fund_type", "earmark", "currency", name="uq_fund_balance_account")
    )


def _stock_balance_table(metadata: sa.MetaData) -> None:
    """One row per pile of a type that keeps stock: the sum of its documents (`stock_balance.py`)."""
    sa.Table(
        "stock_balance",
        metadata,
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("pile", _CODE, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("document", "pile", name="pk_stock_balance"),
        schema="api",
    )


def _suppression_tables(metadata: sa.MetaData) -> None:
    """Salted hashes of what identified persons who were erased: a later file must not bring them back."""
    sa.Table(
        "suppression",
        metadata,
        sa.Column("hash", sa.Text(), nullable=False),
        _instant("erased_at"),
        sa.PrimaryKeyConstraint("hash", name="pk_suppression"),
        schema="api",
    )
    sa.Table(
        "suppression_salt",
        metadata,
        sa.Column("is_only_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("salt", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.PrimaryKeyConstraint("is_only_row", name="pk_suppression_salt"),
        sa.CheckConstraint("is_only_row", name="ck_suppression_salt_is_only_row"),
        schema="api",
    )


def _customer_key_table(metadata: sa.MetaData) -> None:
    """Hashed keys by which customer records that may be one person meet (`duplicates.py`)."""
    table = sa.Table(
        "customer_key",
        metadata,
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("outlet_id", _CODE, nullable=False),
        sa.Column("customer_id", _CODE, nullable=False),
        sa.PrimaryKeyConstraint("key", "outlet_id", "customer_id", name="pk_customer_key"),
        schema="api",
    )
    sa.Index("ix_customer_key_customer_id", table.c.customer_id)


def _instant(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _texts(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{v}'" for v in values)


def _name(name: str) -> str:
    assert len(name) <= _NAME_LIMIT, f"{name} is longer than PostgreSQL keeps"
    return name
