"""Row contracts, read off the declarations: what a row must hold to count.

In: rows as text (a feed window, a file), one column a field. Out: the same rows typed, and one row per
broken rule with field, value, rule and remedy. DuckDB casts, pandera judges; no rule is written twice:
types, required, choices, bounds, patterns and row rules all come from `operational_api.document`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import duckdb
import pandera.polars as pa
import polars as pl

from operational_api.codes import COUNTRIES, CURRENCIES
from operational_api.document import AtMost, Document, Field, Kind, NotBefore, Rule
from pipelines.parsing import (
    PATTERNS,
    POLARS_TYPES,
    describe_kind,
    lines_as_text,
    reader,
    typed_expression,
)

ROW_NO = "source_row"  # no declared field may have this name
VIOLATION_SCHEMA = {
    ROW_NO: pl.Int64,
    "field": pl.String,
    "value": pl.String,
    "rule": pl.String,
    "remedy": pl.String,
}
MASK = "(personal)"
_VALUE_LENGTH = 200


class ContractError(ValueError):
    """The rows cannot be judged at all: a column is missing or the contract is unknown."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What rows of one document type or feed must hold. `key` is a required code."""

    name: str
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...] = ()

    @property
    def columns(self) -> list[str]:
        return [f.name for f in self.fields]


@dataclass(frozen=True, slots=True)
class Checked:
    """All rows typed (a broken value is null), and what is wrong with which row."""

    rows: pl.DataFrame
    violations: pl.DataFrame

    @property
    def rejected_rows(self) -> pl.Series:
        return self.violations[ROW_NO].unique().sort()

    def accepted(self, released: Iterable[int] = ()) -> pl.DataFrame:
        """Rows without a violation, and those that were released in spite of one."""
        refused = self.rejected_rows.filter(~self.rejected_rows.is_in(list(released)))
        return self.rows.filter(~pl.col(ROW_NO).is_in(refused.implode()))


def feed_contract(document: Document) -> Contract:
    """Of the change feed: the fields that may travel in it."""
    return Contract(document.name, document.plain, _rules_over(document, document.plain))


def file_contract(document: Document) -> Contract:
    """Of a file that becomes documents: every field, and the outlet of tenant types."""
    outlet = Field(
        name="owner_outlet", kind=Kind.CODE, meaning="Outlet the row belongs to.", required=True, ref="outlet"
    )
    own = (outlet,) if document.is_tenant else ()
    return Contract(document.name, (*own, *document.fields), document.rules)


def check(
    rows: pl.DataFrame,
    contract: Contract,
    *,
    connection: duckdb.DuckDBPyConnection,
    known: Mapping[str, pl.Series] | None = None,
) -> Checked:
    """Judge `rows`: `source_row` and one text column per field of the contract; other columns pass through.

    `known` holds the keys on file by document type, for references inside lines, which no foreign key
    guards. Raises ContractError when a field has no column.
    """
    missing = [name for name in contract.columns if name not in rows.columns]
    if missing:
        raise ContractError(f"{contract.name}: no column for {', '.join(missing)}; map one or leave it null")
    connection.register("given", rows.to_arrow())
    try:
        typed = _in_utc(connection.sql(_typing_query(rows, contract)).pl())
        lost = [_cast_failures(rows, typed, field) for field in contract.fields]
        broken = _judge(typed, contract.fields, contract.rules, _schema_of(contract))
        nested = [
            _check_lines(connection, rows, contract, field, known or {})
            for field in contract.fields
            if field.kind is Kind.LINES
        ]
    finally:
        connection.unregister("given")
    found = pl.concat([*lost, broken, *nested])
    # A value that could not be read is null: saying "required" too would blame the row twice.
    unread = pl.concat(lost).select(ROW_NO, "field")
    required = pl.col("rule") == _REQUIRED
    found = pl.concat(
        [found.filter(~required), found.filter(required).join(unread, on=[ROW_NO, "field"], how="anti")]
    )
    return Checked(typed, _masked(found, contract.fields).sort(ROW_NO, "field", "rule"))


# --- reading ------------------------------------------------------------------------------------


def _typing_query(rows: pl.DataFrame, contract: Contract) -> str:
    passed = [f'"{name}"' for name in rows.columns if name not in contract.columns]
    typed = [f'{typed_expression(f, _quoted(f))} as "{f.name}"' for f in contract.fields]
    return f"select {', '.join([*passed, *typed])} from given order by {ROW_NO}"  # noqa: S608 (declared names)


def _in_utc(typed: pl.DataFrame) -> pl.DataFrame:
    """The engine shows instants in its own zone; they are the same instants."""
    zoned = [name for name, dtype in typed.schema.items() if isinstance(dtype, pl.Datetime)]
    return typed.with_columns(pl.col(zoned).dt.convert_time_zone("UTC")) if zoned else typed


def _quoted(field: Field) -> str:
    return f'"{field.name}"'


def _cast_failures(rows: pl.DataFrame, typed: pl.DataFrame, field: Field) -> pl.DataFrame:
    """Rows whose text is there but says no value of the field's kind."""
    if typed[field.name].null_count() == rows[field.name].null_count():
        return pl.DataFrame(schema=VIOLATION_SCHEMA)
    said, remedy = describe_kind(field)
    both = rows.sort(ROW_NO).select(ROW_NO, value=field.name)
    both = both.with_columns(typed=typed[field.name].is_null())
    said_something = pl.col("value").str.strip_chars() != ""
    return _violations(both.filter(said_something & pl.col("typed")), field.name, said, remedy)


# --- judging ------------------------------------------------------------------------------------

_REQUIRED = "is required"
_CODE_LISTS = {
    Kind.COUNTRY: (COUNTRIES, "is an ISO 3166-1 country code", "Send two capital letters: AE."),
    Kind.CURRENCY: (CURRENCIES, "is an ISO 4217 currency code", "Send three capital letters: AED."),
}


@cache
def _schema_of(contract: Contract) -> pa.DataFrameSchema:
    return _schema(contract.fields, contract.rules)


def _schema(fields: Iterable[Field], rules: Iterable[Rule]) -> pa.DataFrameSchema:
    """Errors of checks are `rule|remedy`, so that a failure says both."""
    columns = {
        f.name: pa.Column(POLARS_TYPES[f.kind], list(_checks(f)), nullable=not f.required)
        for f in fields
        if f.kind is not Kind.LINES
    }
    return pa.DataFrameSchema(columns, checks=[_row_check(rule) for rule in rules], strict=False)


def _checks(field: Field) -> Iterator[pa.Check]:
    if field.minimum is not None:
        say = f"is at least {field.minimum}"
        yield pa.Check.ge(field.minimum, error=f"{say}|Send a number of {field.minimum} or more.")
    if field.maximum is not None:
        say = f"is at most {field.maximum}"
        yield pa.Check.le(field.maximum, error=f"{say}|Send a number of {field.maximum} or less.")
    if field.choices:
        listed = ", ".join(field.choices)
        yield pa.Check.isin(field.choices, error=f"is one of {listed}|Send one of: {listed}.")
    if field.kind in _CODE_LISTS:
        codes, said, remedy = _CODE_LISTS[field.kind]
        yield pa.Check.isin(codes, error=f"{said}|{remedy}")
    if field.kind in PATTERNS:
        pattern, said, remedy = PATTERNS[field.kind]
        yield pa.Check.str_matches(pattern, error=f"{said}|{remedy}")
    if field.kind in {Kind.TEXT, Kind.CODE}:
        say = f"has at most {field.max_length} characters"
        yield pa.Check.str_length(0, field.max_length, error=f"{say}|Shorten it.")
    if field.kind is Kind.MONTH:
        remedy = "Send the first day of the month: 2026-01-01."
        yield pa.Check(lambda d: _is_first_day(d), error=f"is the first day of a month|{remedy}")


def _is_first_day(data: pa.PolarsData) -> pl.LazyFrame:
    return data.lazyframe.select(pl.col(data.key).dt.day() == 1)


def _row_check(rule: Rule) -> pa.Check:
    holds = _rule_expression(rule)
    say = f"{rule.name}|Correct one of {', '.join(rule.fields)}."
    return pa.Check(lambda d: d.lazyframe.select(holds.fill_null(True)), error=say)


def _rule_expression(rule: Rule) -> pl.Expr:
    match rule:
        case AtMost(parts, whole):
            return pl.sum_horizontal(pl.col(p).fill_null(0) for p in parts) <= pl.col(whole)
        case NotBefore(later, earlier):
            return pl.col(later) >= pl.col(earlier)


def _judge(
    typed: pl.DataFrame, fields: Iterable[Field], rules: Iterable[Rule], schema: pa.DataFrameSchema
) -> pl.DataFrame:
    """Every broken rule, by row number."""
    missing_lines = [_missing(typed, f) for f in fields if f.kind is Kind.LINES and f.required]
    try:
        schema.validate(typed, lazy=True)
    except pa.errors.SchemaErrors as errors:
        return pl.concat([_failures(typed, errors.failure_cases, rules), *missing_lines])
    return pl.concat([pl.DataFrame(schema=VIOLATION_SCHEMA), *missing_lines])


def _missing(typed: pl.DataFrame, field: Field) -> pl.DataFrame:
    absent = typed.filter(pl.col(field.name).is_null() | (pl.col(field.name).list.len() == 0))
    bare = absent.select(ROW_NO, value=pl.lit(None, pl.String))
    return _violations(bare, field.name, _REQUIRED, "Send at least one line.")


def _failures(typed: pl.DataFrame, cases: pl.DataFrame, rules: Iterable[Rule]) -> pl.DataFrame:
    """Pandera's failure cases in our words."""
    wrong = cases.filter(pl.col("index").is_null())
    if not wrong.is_empty():
        raise ContractError(f"the contract itself failed: {wrong['check'].to_list()}")
    first_field = {rule.name: rule.fields[0] for rule in rules}
    row_rule = pl.col("column").is_null()
    rule = pl.col("check").str.split("|").list.get(0)
    required = pl.col("check") == "not_nullable"
    numbered = cases.with_columns(**{ROW_NO: typed[ROW_NO].gather(cases["index"].cast(pl.UInt32))})
    return numbered.select(
        pl.col(ROW_NO).cast(pl.Int64),
        field=pl.when(row_rule).then(rule.replace_strict(first_field, default=None)).otherwise("column"),
        value=pl.when(required).then(None).otherwise("failure_case").cast(pl.String).str.head(_VALUE_LENGTH),
        rule=pl.when(required).then(pl.lit(_REQUIRED)).otherwise(rule),
        remedy=pl.when(required)
        .then(pl.lit("Send a value."))
        .otherwise(pl.col("check").str.split("|").list.get(1, null_on_oob=True)),
    )


# --- lines --------------------------------------------------------------------------------------


def _check_lines(
    connection: duckdb.DuckDBPyConnection,
    rows: pl.DataFrame,
    contract: Contract,
    field: Field,
    known: Mapping[str, pl.Series],
) -> pl.DataFrame:
    """The lines of one field under their own contract; `labour[2].amount_minor` is the second line's."""
    texts = connection.sql(lines_as_text(field, ROW_NO, "given")).pl()
    if texts.is_empty():
        return pl.DataFrame(schema=VIOLATION_SCHEMA)
    numbered = texts.with_row_index("line", offset=1).with_columns(pl.col("line").cast(pl.Int64))
    inner = Contract(f"{contract.name}.{field.name}", field.lines)
    renamed = numbered.rename({ROW_NO: "parent_no", "line": ROW_NO})
    with reader() as own:
        checked = check(renamed, inner, connection=own)
    found = pl.concat([checked.violations, *unknown_references(checked.rows, field.lines, known)])
    lines = checked.rows.select(ROW_NO, "parent_no", position="line_position")
    return found.join(lines, on=ROW_NO).select(
        pl.col("parent_no").alias(ROW_NO),
        field=pl.format("{}[{}].{}", pl.lit(field.name), "position", "field"),
        value="value",
        rule="rule",
        remedy="remedy",
    )


def unknown_references(
    typed: pl.DataFrame, fields: Iterable[Field], known: Mapping[str, pl.Series]
) -> Iterator[pl.DataFrame]:
    """Violations of rows that name what is not among the `known` keys, by document type."""
    for field in fields:
        if field.ref is None or field.ref not in known:
            continue
        value = pl.col(field.name)
        lost = typed.filter(value.is_not_null() & ~value.is_in(known[field.ref].implode()))
        remedy = f"Open the {field.ref} first, or correct the code."
        yield _violations(
            lost.select(ROW_NO, value=field.name), field.name, f"names a {field.ref} on file", remedy
        )


# --- in our words -------------------------------------------------------------------------------


def _violations(found: pl.DataFrame, field: str, rule: str, remedy: str) -> pl.DataFrame:
    """`found` holds source_row and value."""
    return found.select(
        pl.col(ROW_NO).cast(pl.Int64),
        field=pl.lit(field),
        value=pl.col("value").cast(pl.String).str.head(_VALUE_LENGTH),
        rule=pl.lit(rule),
        remedy=pl.lit(remedy),
    )


def _masked(violations: pl.DataFrame, fields: Iterable[Field]) -> pl.DataFrame:
    """A personal value is never repeated; a row rule shows no values, since the row may hold some."""
    personal = [f.name for f in fields if f.personal]
    is_row_rule = pl.col("value").str.starts_with("{")
    return violations.with_columns(
        value=pl.when(pl.col("field").is_in(personal) & pl.col("value").is_not_null())
        .then(pl.lit(MASK))
        .when(is_row_rule)
        .then(None)
        .otherwise("value")
    )


def _rules_over(document: Document, fields: tuple[Field, ...]) -> tuple[Rule, ...]:
    names = {f.name for f in fields}
    return tuple(r for r in document.rules if set(r.fields) <= names)
