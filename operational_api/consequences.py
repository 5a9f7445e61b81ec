"""Consequences compiled to triggers: what a document asks of others and does to others, in its own write.

In: the `follows` of the declarations. Out: SQL text. A type with consequences gets one trigger that runs when
a row is inserted or changes its state; a type without has none and pays nothing. A refusal is an exception,
so nothing of the write remains. Documents that move or open by themselves get `api.make_T` and
`api.create_T`, which write the row, its version and its row in `api.change` as any other write does.
"""

from __future__ import annotations

from collections.abc import Iterator

from operational_api.consequence import (
    AddsUp,
    After,
    Before,
    Consequence,
    Difference,
    Each,
    Forbids,
    Found,
    From,
    Has,
    Match,
    Minus,
    Moves,
    Needs,
    Nothing,
    Opens,
    Own,
    Source,
    Stock,
    Value,
    Within,
)
from operational_api.document import Document
from operational_api.documents import BY_NAME, DOCUMENTS
from operational_api.effects import OPENED_BY_EFFECTS, is_follower
from operational_api.tables import SQL_TYPES

_HEADER = "state, version, effective_at, created_at, created_by, updated_at, updated_by"
_LOGGED = "document, key, version, action, outlet_id, actor, state, effective_at, after"


def refusing_function() -> str:
    """How a rule inside the database refuses; whatever refuses there needs it."""
    return _REFUSE


def consequence_functions() -> Iterator[str]:
    """What documents that follow need, then the triggers of those that lead."""
    moved = {c.of for d in DOCUMENTS for c in d.follows if isinstance(c, Moves)}
    moved |= {d.name for d in DOCUMENTS if is_follower(d)}
    opened = {c.of for d in DOCUMENTS for c in d.follows if isinstance(c, Opens)} | OPENED_BY_EFFECTS
    yield _DERIVED_KEY
    yield from (_make_function(d) for d in DOCUMENTS if d.name in moved)
    yield from (_create_function(d) for d in DOCUMENTS if d.name in opened)
    for document in DOCUMENTS:
        if any(not isinstance(c, Stock) for c in document.follows):
            yield _trigger_function(document)
            yield _trigger(document)


# The code chooses the class of the refusal; the errors travel as JSON in the detail.
_REFUSE = """
create function api.refuse(p_code text, p_detail text, p_field text, p_rule text, p_remedy text,
  p_suggestions text[] default '{}') returns void language plpgsql as $$
begin
  raise exception '%', p_detail using detail = jsonb_build_object('code', p_code, 'errors',
    jsonb_build_array(jsonb_build_object('field', p_field, 'rule', p_rule, 'remedy', p_remedy,
      'suggestions', p_suggestions)))::text;
end $$;"""

# A key that says where it comes from, as long as it stays a key.
_DERIVED_KEY = """
create function api.derived_key(p_key text, p_suffix text) returns text language sql immutable as $$
  select case when length(p_key || '.' || p_suffix) <= 80 then p_key || '.' || p_suffix
              else md5(p_key) || '.' || p_suffix end;
$$;"""


def _make_function(document: Document) -> str:
    """One step of a document, or false when no such step starts from where it stands."""
    name, key = document.name, document.key
    steps = [("amend", s, s) for s in document.amend_in]
    steps += [(m.name, s, m.target) for m in document.moves for s in m.sources]
    listed = ", ".join(f"('{action}', '{source}', '{target}')" for action, source, target in steps)
    assignments = ", ".join(f"{f.name} = n.{f.name}" for f in document.fields)
    return f"""
create function api.make_{name}(p_key text, p_action text, p_by text, p_at timestamptz, p_patch jsonb)
returns boolean language plpgsql as $$
declare v doc.{name};
begin
  update doc.{name} t set state = s.target, version = t.version + 1, effective_at = p_at,
         updated_at = now(), updated_by = p_by, {assignments}
    from (values {listed}) s (action, source, target), doc.{name} o
    cross join lateral jsonb_populate_record(o, p_patch) n
   where t.{key} = p_key and o.{key} = p_key and s.action = p_action and s.source = o.state
  returning t.* into v;
  if not found then return false; end if;
  {_log(document, "v.version", "p_action")}
  return true;
end $$;"""


def _create_function(document: Document) -> str:
    name = document.name
    outlet, given = ("outlet_id, ", "p_outlet, ") if document.is_tenant else ("", "")
    columns = ", ".join(f.name for f in document.fields)
    record = ", ".join(f"{f.name} {SQL_TYPES[f.kind]}" for f in document.fields)
    return f"""
create function api.create_{name}(p_key text, p_outlet text, p_state text, p_by text, p_at timestamptz,
  p_data jsonb) returns void language plpgsql as $$
declare v doc.{name};
begin
  insert into doc.{name} ({document.key}, {outlet}{_HEADER}, {columns})
  select p_key, {given}p_state, 1, p_at, now(), p_by, now(), p_by, {columns}
    from jsonb_to_record(p_data) as d ({record})
  returning * into v;
  {_log(document, "1", "'open'")}
end $$;"""


def _log(document: Document, version: str, action: str) -> str:
    outlet = "v.outlet_id" if document.is_tenant else "null"
    return f"""insert into api.change ({_LOGGED})
  values ('{document.name}', p_key, {version}, {action}, {outlet}, p_by, v.state, p_at,
          api.plain_{document.name}(v));"""


# --- the document that leads ----------------------------------------------------------------------


def _trigger(document: Document) -> str:
    """History that is brought in has had its consequences: they are in what is brought in."""
    name = document.name
    return (
        f"create trigger consequences after insert or update of state on doc.{name} for each row "
        "when (coalesce(current_setting('dms.history', true), '') <> 'on') "
        f"execute function api.follow_{name}()"
    )


def _trigger_function(document: Document) -> str:
    steps = "".join(_step(document, number, c) for number, c in enumerate(document.follows, start=1))
    return f"""
create function api.follow_{document.name}() returns trigger language plpgsql as $$
declare v record; l jsonb; v_none boolean; v_line int := 0;
begin
  if tg_op = 'UPDATE' and old.state = new.state then return null; end if;{_in_turn(document)}{steps}
  return null;
end $$;"""


def _in_turn(document: Document) -> str:
    """Of two at once of which one is to replace the other the second waits, and then sees the first."""
    replaced = [c.match for c in document.follows if isinstance(c, Moves) and c.of == document.name]
    if not replaced:
        return ""
    pile = ", ".join(f"new.{name}" for name, source in replaced[0] if source == Own(name))
    return f"""
  perform pg_advisory_xact_lock(
    hashtextextended(concat_ws(chr(31), '{document.name}', {pile}), 0));"""


def _step(document: Document, number: int, consequence: Consequence) -> str:
    body = _body(document, number, consequence)
    if not body:
        return ""
    states = ", ".join(f"'{s}'" for s in consequence.into)
    condition = f"new.state in ({states})"
    if consequence.when is not None:
        name, values = consequence.when
        listed = ", ".join(_quoted(v) for v in values)
        condition += f" and new.{name} in ({listed})" if values else f" and new.{name} is null"
    if isinstance(consequence, Needs | Forbids) and consequence.unless:
        given = " and ".join(f"new.{name} is not null" for name in consequence.unless)
        condition += f" and not ({given})"
    if consequence.each is not None:
        body = f"""
    for l in select jsonb_array_elements(new.{consequence.each}) loop{body}
    end loop;"""
    return f"""
  if {condition} then{body}
  end if;"""


def _body(document: Document, number: int, consequence: Consequence) -> str:
    match consequence:
        case Needs():
            return _needs(document, consequence)
        case Forbids():
            return _forbids(document, consequence)
        case Within():
            return _within(document, consequence)
        case AddsUp():
            return _adds_up(document, consequence)
        case Stock():
            return ""  # kept by `stock_balance.py`, once a statement
        case Moves():
            return _moves(document, consequence)
        case Opens():
            return _opens(document, number, consequence)


def _needs(document: Document, c: Needs) -> str:
    target = BY_NAME[c.of]
    # Not `for update`: references to the row may still be checked. What is only appended cannot change.
    lock = " for no key update" if target.moves or target.amend_in else ""
    first = c.match[0][1]
    assert not isinstance(first, Before | From | After | Has), "the first value names what is asked for"
    asked = f"{_sql(document, first, c.each)} is not null and " if c.optional else ""
    return f"""
    perform from doc.{c.of} t where {_matches(document, target, c.match, c.each)} and {_in(c.states)}
      limit 1{lock};
    if {asked}not found then
      {_refuse(document, c.match[0][1], c.rule, c.remedy)}
    end if;"""


def _forbids(document: Document, c: Forbids) -> str:
    target = BY_NAME[c.of]
    without = ""
    if c.without is not None:
        other, states = BY_NAME[c.without[0]], ", ".join(_quoted(s) for s in c.without[1])
        field = next(f.name for f in other.fields if f.ref == c.of)
        without = (
            f" and not exists (select from doc.{other.name} o where o.{field} = t.{target.key} "
            f"and o.state in ({states}))"
        )
    itself = f" and t.{target.key} <> new.{document.key}" if target is document else ""
    return f"""
    perform from doc.{c.of} t
      where {_matches(document, target, c.match, c.each)} and {_in(c.states)}{without}{itself} limit 1;
    if found then
      {_refuse(document, c.match[0][1], c.rule, c.remedy)}
    end if;"""


def _within(document: Document, c: Within) -> str:
    return f"""
    if not exists (select from jsonb_array_elements(new.{c.lines}) m where m ->> '{c.by}' = l ->> '{c.by}'
                     and (m ->> '{c.amount}')::numeric >= (l ->> '{c.amount}')::numeric) then
      {_refuse(document, Own(c.each or ""), c.rule, c.remedy)}
    end if;"""


def _adds_up(document: Document, c: AddsUp) -> str:
    product = " * ".join(f"(m ->> '{factor}')::numeric" for factor in c.factors)
    return f"""
    if new.{c.total} is distinct from
         (select coalesce(sum({product}), 0) from jsonb_array_elements(new.{c.lines}) m) then
      {_refuse(document, Own(c.total), c.rule, c.remedy)}
    end if;"""


def _moves(document: Document, c: Moves) -> str:
    target = BY_NAME[c.of]
    starts = {s for m in target.moves if m.name == c.move for s in m.sources}
    starts |= set(target.amend_in) if c.move == "amend" else set()
    first = c.match[0][1]
    field = _field_of(first)
    only = f" and {_in(tuple(sorted(starts)))}" if c.optional else ""
    rule, remedy = f"there is no {c.of} to {c.move}", f"open the {c.of} first, or correct {field}"
    missing = (
        ""
        if c.optional
        else f"""
    if v_none then
      {_refuse(document, first, rule, remedy)}
    end if;"""
    )
    # A document leads others, never itself.
    only += f" and t.{target.key} <> new.{document.key}" if target is document else ""
    return f"""
    v_none := true;
    for v in select t.{target.key} as key, t.state from doc.{c.of} t
              where {_matches(document, target, c.match, c.each)}{only} order by 1 for update loop
      v_none := false;
      if not api.make_{c.of}(v.key, '{c.move}', new.updated_by, new.effective_at,
                             {_data(document, target, c.sets, c.each)}) then
        perform api.refuse('conflict', format('cannot {c.move} {c.of} %s: it is %s', v.key, v.state),
          '{field}', format('the state of {c.of} %s is %s', v.key, v.state),
          'take the steps of the {c.of} in their order');
      end if;
    end loop;{missing}"""


def _opens(document: Document, number: int, c: Opens) -> str:
    target = BY_NAME[c.of]
    state = c.state or target.opens_in[0]
    line = " || '.' || v_line" if c.each else ""
    counted = "\n    v_line := v_line + 1;" if c.each else ""
    create = f"""
    perform api.create_{c.of}(api.derived_key(new.{document.key}, '{c.suffix}' || new.version{line}),
      {_sql(document, c.outlet, c.each)}, '{state}', new.updated_by, new.effective_at,
      {_data(document, target, c.sets, c.each)});"""
    if c.only_with is not None:
        source = dict(c.sets)[c.only_with]
        create = f"""
    if coalesce(({_sql(document, source, c.each)})::text, '0') <> '0' then{create}
    end if;"""
    return counted + create


# --- values ---------------------------------------------------------------------------------------


def _matches(document: Document, target: Document, pairs: object, each: str | None) -> str:
    assert isinstance(pairs, tuple)
    tests = []
    for name, source in pairs:
        column = _path("t", target, name)
        match source:
            case Nothing():
                tests.append(f"{column} is null")
            case Has(field, of):
                value = _sql(document, of, each)
                tests.append(f"{column} @> jsonb_build_array(jsonb_build_object('{field}', {value}))")
            case Before(of) | From(of):
                sign = "<" if isinstance(source, Before) else ">="
                tests.append(f"{column} {sign} {_sql(document, of, each)}")
            case After(of):
                tests.append(_after(column, _sql(document, of, each), _type(target, name)))
            case _:
                tests.append(f"{column} = {_cast(_sql(document, source, each), _type(target, name))}")
    return " and ".join(tests)


def _after(column: str, value: str, sql_type: str) -> str:
    if sql_type.lower() != "text":
        return f"{column} > {value}"
    digits = "^[0-9]{1,30}$"
    return (
        f"case when {column} ~ '{digits}' and {value} ~ '{digits}' "
        f"then {column}::numeric > {value}::numeric else false end"
    )


def _path(row: str, document: Document, name: str) -> str:
    """A column of a row, or of the document that a column of it refers to."""
    field, _, beyond = name.partition(".")
    if not beyond:
        return f"{row}.{name}"
    ref = BY_NAME[document.by_name[field].ref or ""]
    return f"(select x.{beyond} from doc.{ref.name} x where x.{ref.key} = {row}.{field})"


def _data(document: Document, target: Document, pairs: object, each: str | None) -> str:
    assert isinstance(pairs, tuple)
    if not pairs:
        return "'{}'"
    listed = []
    for name, source in pairs:
        value = _sql(document, source, each)
        listed.append(f"'{name}', {_cast(value, _type(target, name))}")
    return f"jsonb_build_object({', '.join(listed)})"


def _sql(document: Document, source: Source, each: str | None) -> str:
    match source:
        case Own(name):
            return _path("new", document, name)
        case Each(name):
            assert each is not None
            line = next(f for f in document.field(each).lines if f.name == name)
            return f"(l ->> '{name}')::{SQL_TYPES[line.kind]}"
        case Found(lines, by, name):
            found = next(f for f in document.field(lines).lines if f.name == name)
            return (
                f"(select (m ->> '{name}')::{SQL_TYPES[found.kind]} from jsonb_array_elements(new.{lines}) m "
                f"where m ->> '{by}' = l ->> '{by}' limit 1)"
            )
        case Value(text):
            return _quoted(text)
        case Nothing():
            return "null"
        case Minus(of):
            return f"(-{_sql(document, of, each)})"
        case Difference(left, right):
            return f"(coalesce({_sql(document, left, each)}, 0) - coalesce({_sql(document, right, each)}, 0))"


def _type(target: Document, name: str) -> str:
    """SQL type of a column; keys and outlets are text."""
    first, _, beyond = name.partition(".")
    if beyond:
        return _type(BY_NAME[target.by_name[first].ref or ""], beyond)
    field = target.by_name.get(name)
    return "text" if field is None else SQL_TYPES[field.kind]


def _cast(value: str, sql_type: str) -> str:
    return f"({value})::{sql_type}"


def _in(states: tuple[str, ...]) -> str:
    return f"t.state in ({', '.join(_quoted(s) for s in states)})"


def _refuse(document: Document, first: Match, rule: str, remedy: str) -> str:
    said = f"{_quoted(document.name + ' ')} || new.{document.key} || {_quoted(': ' + rule)}"
    return (
        f"perform api.refuse('conflict', {said}, '{_field_of(first)}', {_quoted(rule)}, {_quoted(remedy)});"
    )


def _field_of(source: Match) -> str:
    match source:
        case Own(name) | Each(name):
            return name.partition(".")[0]
        case Minus(of) | Before(of) | From(of) | After(of) | Has(_, of):
            return of.name
        case Difference(left, _):
            return left.name
        case Found(lines, _, _):
            return lines
    return "state"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
