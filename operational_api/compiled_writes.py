"""The SQL functions that write, compiled from the declarations; one call is one write.

In: a `Document`. Out: SQL text of, per type, `api.plain_T`, `api.personal_T`, `api.answer_T` (rows as JSON),
`api.open_T` (one document), `api.open_many_T` (lines of a bulk call), `api.change_many_T` (amends and moves,
set-based) and `api.change_T` (one of them). Each writes the row and its row in `api.change` together.
Names come from declarations, which hold them to lower_snake_case; values are always parameters.
"""

from __future__ import annotations

from collections.abc import Iterator

from operational_api.document import Document, Field, Kind
from operational_api.documents import BY_NAME
from operational_api.policy import MASK
from operational_api.tables import SQL_TYPES

# The scope lives as long as the transaction, so it cannot leak to the next user of the connection.
SET_SCOPE = """
  perform set_config('dms.scope', p_scope, true), set_config('dms.outlets', p_outlets::text, true),
          set_config('dms.subject', p_subject, true);"""

# Two calls with one key at the same time: the second is told so, and finds the answer when it comes again.
_CLAIM = """
  if p_idempotency_key is not null then
    if not pg_try_advisory_xact_lock(hashtextextended(p_subject || chr(31) || p_idempotency_key, 0)) then
      return query select 'in_flight', null::text[], null::int, null::text, null::text; return;
    end if;
    select i.request_hash, i.answer into v_known from api.idempotency i
     where i.subject = p_subject and i.idempotency_key = p_idempotency_key;
    if found then
      return query select case when v_known.request_hash = p_request_hash then 'replayed' else 'reused' end,
                          null::text[], null::int, null::text, v_known.answer; return;
    end if;
  end if;"""

_REMEMBER = """
  if p_idempotency_key is not null then
    insert into api.idempotency (subject, idempotency_key, request_hash, document, key, answer)
    values (p_subject, p_idempotency_key, p_request_hash, '{name}', {key}, {answer});
  end if;"""

_OUTCOME = "outcome text, fields text[], version int, state text, answer text"


def write_functions(document: Document) -> Iterator[str]:
    """`create function` statements in the order in which they need one another."""
    yield _json_function(document, "plain", document.plain)
    yield _json_function(document, "personal", document.personal)
    yield _answer_function(document)
    yield _open_function(document)
    yield _open_many_function(document)
    yield _change_many_function(document)
    yield _change_function(document)


def veiling_functions() -> Iterator[str]:
    """The field policy inside the database: words of `policy.veils` applied to a document's data."""
    yield f"""
create function api.veiled(p_data jsonb, p_state text, p_veils text[]) returns jsonb
language sql immutable as $$
  select case when p_veils = '{{}}' then p_data else (
    select coalesce(jsonb_object_agg(name, case when ('~' || name) = any (p_veils)
             or ('~' || name || '@' || p_state) = any (p_veils) then '"{MASK}"' else value end), '{{}}')
      from jsonb_each(p_data) e (name, value)
     where not (name = any (p_veils) or (name || '@' || p_state) = any (p_veils))) end;
$$;"""
    yield """
create function api.denied(p_patch jsonb, p_state text, p_veils text[]) returns text[]
language sql immutable as $$
  select case when p_veils = '{}' or p_patch = '{}' then '{}' else array(
    select name from jsonb_object_keys(p_patch) name
     where ('!' || name) = any (p_veils) or ('!' || name || '@' || p_state) = any (p_veils)
     order by name) end;
$$;"""


def forgetting_functions() -> Iterator[str]:
    """An erasure deletes the first answers that hold the person, whoever got them; a week deletes all.

    They run with the owner's rights: the application's role cannot delete, nor see other subjects' answers.
    """
    yield """
create function api.forget_old_answers() returns bigint language sql security definer
set search_path = pg_catalog as $$
  with gone as (delete from api.idempotency where created_at < now() - interval '7 days' returning 1)
  select count(*) from gone;
$$;"""
    yield """
create function api.forget(p_document text, p_keys text[]) returns void language sql security definer
set search_path = pg_catalog as $$
  delete from api.idempotency where document = p_document and key = any (p_keys);
$$;"""


def _json_function(document: Document, which: str, fields: tuple[Field, ...]) -> str:
    """Fields of a row as JSON; a field without a value is left out."""
    # 1.500000 is how numeric(18,6) prints what was sent as 1.5
    values = (f"trim_scale(r.{f.name})" if f.kind is Kind.DECIMAL else f"r.{f.name}" for f in fields)
    pairs = ", ".join(f"'{f.name}', {value}" for f, value in zip(fields, values, strict=True))
    return f"""
create function api.{which}_{document.name}(r doc.{document.name}) returns jsonb language sql stable as $$
  select jsonb_strip_nulls(jsonb_build_object({pairs}));
$$;"""


def _answer_function(document: Document) -> str:
    personal = f" || api.personal_{document.name}(r)" if document.personal else ""
    outlet = "r.outlet_id" if document.is_tenant else "null"
    # Whoever sees all pays nothing for the veils: a call costs more than the answer it would leave as it is.
    data = f"(api.plain_{document.name}(r){personal})"
    return f"""
create function api.answer_{document.name}(r doc.{document.name}, p_hidden text[]) returns jsonb
language sql stable as $$
  select jsonb_build_object('key', r.{document.key}, 'outlet_id', {outlet}, 'state', r.state,
    'version', r.version, 'effective_at', r.effective_at, 'created_at', r.created_at,
    'created_by', r.created_by, 'updated_at', r.updated_at, 'updated_by', r.updated_by,
    'data', case when p_hidden = '{{}}' then {data} else api.veiled({data}, r.state, p_hidden) end);
$$;"""


def _open_function(document: Document) -> str:
    name = document.name
    remember = _remember(document, "v_answer")
    return f"""
create function api.open_{name}(p_scope text, p_outlets text[], p_subject text, p_hidden text[],
  p_idempotency_key text, p_request_hash text, p_key text, p_outlet_id text, p_state text,
  p_at timestamptz, p_data jsonb) returns table ({_OUTCOME}) language plpgsql as $$
#variable_conflict use_column
declare v_known record; v_row doc.{name}; v_answer text; v_lost text[];
begin{SET_SCOPE}{_CLAIM}{_lost_in_one(document)}
  {_insert_one(document)}
  v_answer := api.answer_{name}(v_row, p_hidden)::text;{remember}
  return query select 'ok', null::text[], v_row.version, v_row.state, v_answer;
end $$;"""


def _insert_one(document: Document) -> str:
    """The row and its change row. Where moves may follow by themselves they do so at the end of a statement:

    so both stand in one, that the opening is logged before what followed, and the row is read again.
    """
    name = document.name
    outlet = "p_outlet_id" if document.is_tenant else "null"
    insert = f"""insert into doc.{name} as t ({_header_columns(document)}, {_columns(document)})
  select p_key, {"p_outlet_id, " if document.is_tenant else ""}p_state, 1, coalesce(p_at, now()),
         now(), p_subject, now(), p_subject, {_columns(document, "d.")}
    from jsonb_to_record(p_data) as d ({_record(document)})"""
    columns = "document, key, version, action, outlet_id, actor, state, effective_at, after"
    log = f"insert into api.change ({columns})"
    if not document.advances:
        return f"""{insert}
  returning * into v_row;
  {log}
  values ('{name}', p_key, 1, 'open', {outlet}, p_subject, p_state, v_row.effective_at,
          api.plain_{name}(v_row));"""
    return f"""with written as ({insert} returning t as r)
  {log}
  select '{name}', p_key, 1, 'open', {outlet}, p_subject, p_state, (r).effective_at, api.plain_{name}(r)
    from written;
  select * into v_row from doc.{name} t where t.{document.key} = p_key;"""


def _remember(document: Document, answer: str) -> str:
    """Only an answer that may hold a person has to be found again by its document."""
    key = "p_key" if document.personal else "null"
    return _REMEMBER.format(name=document.name, key=key, answer=answer)


def _lost_in_one(document: Document) -> str:
    """A reference into tenant rows must be visible: a foreign key alone would confirm another's record."""
    tenant = [(f, t) for f, t in document.references() if BY_NAME[t].is_tenant]
    if not tenant:
        return ""
    tests = ", ".join(
        f"case when p_data ? '{f}' and p_data ->> '{f}' is not null and not exists (select from doc.{t} t "
        f"where t.{BY_NAME[t].key} = p_data ->> '{f}') then '{f}' end"
        for f, t in tenant
    )
    return f"""
  v_lost := array_remove(array[{tests}], null);
  if v_lost <> '{{}}' then
    return query select 'no_reference', v_lost, null::int, null::text, null::text; return;
  end if;"""


def _open_many_function(document: Document) -> str:
    """Good lines are written; the others come back as `no_reference` or `exists` or `duplicate`.

    Arrays are aligned, one element a line; the elements of `p_data` are as `payload.encode_data` prints
    them, so the change row takes them as they are, personal fields apart. A line already written with the
    same content, state and outlet counts as a duplicate, whatever happened to the document since.
    """
    name, key = document.name, document.key
    after = f"i.i_data - {_personal_names(document)}" if document.personal else "i.i_data"
    returned, sent = "", "c.after"
    if document.fills:
        after, returned = f"api.plain_{name}(w.r)", ", t as r"
        sent = f"c.after - {_array([f.name for f in document.fields if f.computed])}"
    outlet = "i.outlet_id, " if document.is_tenant else ""
    return f"""
create function api.open_many_{name}(p_scope text, p_outlets text[], p_subject text, p_ord int[],
  p_key text[], p_outlet_id text[], p_state text[], p_at timestamptz[], p_by text[], p_data jsonb)
returns table (ord int, outcome text, fields text[]) language plpgsql as $$
#variable_conflict use_column
begin{SET_SCOPE}
  return query
  with input as materialized (
    select * from rows from (unnest(p_ord), unnest(p_key), unnest(p_outlet_id), unnest(p_state),
      unnest(p_at), unnest(p_by), jsonb_array_elements(p_data),
      jsonb_to_recordset(p_data) as ({_record(document)}))
      as i (i_ord, i_key, outlet_id, state, at, by, i_data, {_columns(document)})
  ), lost as materialized ({_lost_in_many(document)}
  ), written as (
    insert into doc.{name} as t ({_header_columns(document)}, {_columns(document)})
    select i.i_key, {outlet}i.state, 1, coalesce(i.at, now()), now(), i.by, now(), i.by,
           {_columns(document, "i.")}
      from input i where not exists (select from lost l where l.i_ord = i.i_ord)
    on conflict ({key}) do nothing
    returning t.{key} as k{returned}
  ), logged as (
    insert into api.change (document, key, version, action, outlet_id, actor, state, effective_at, after)
    select '{name}', i.i_key, 1, 'open', {"i.outlet_id" if document.is_tenant else "null"}, i.by, i.state,
           coalesce(i.at, now()), {after} from written w join input i on i.i_key = w.k
  )
  select i.i_ord, case when l.i_ord is null then 'exists' else 'no_reference' end, l.names
    from input i left join lost l using (i_ord)
   where l.i_ord is not null or i.i_key not in (select k from written);
end $$;
create function api.same_{name}(p_scope text, p_outlets text[], p_subject text, p_ord int[], p_key text[],
  p_outlet_id text[], p_state text[], p_at timestamptz[], p_data jsonb)
returns setof int language plpgsql as $$
begin{SET_SCOPE}
  return query
  with input as materialized (
    select * from rows from (unnest(p_ord), unnest(p_key), unnest(p_outlet_id), unnest(p_state),
      unnest(p_at), jsonb_to_recordset(p_data) as ({_record(document)}))
      as i (ord, {key}, outlet_id, state, at, {_columns(document)})
  )
  select i.ord from input i
    join api.change c on c.document = '{name}' and c.key = i.{key} and c.version = 1
    join doc.{name} t on t.{key} = i.{key}
    cross join lateral jsonb_populate_record(null::doc.{name}, to_jsonb(i)) n
   where c.state = i.state and c.outlet_id is not distinct from i.outlet_id
     and {sent} = api.plain_{name}(n)
     and (t.version > 1 or api.personal_{name}(t) = api.personal_{name}(n));
end $$;"""


def _lost_in_many(document: Document) -> str:
    """One row per line that refers to nothing, with the names of the fields."""
    pairs = [("outlet_id", "outlet")] if document.is_tenant else []
    pairs += list(document.references())
    if not pairs:
        return "\n    select i_ord, null::text[] as names from input where false"
    unions = "\n      union all ".join(_lost_of(document, f, t) for f, t in pairs)
    return f"\n    select i_ord, array_agg(field) as names from (\n      {unions}) broken group by i_ord"


def _lost_of(document: Document, field: str, target: str) -> str:
    """Distinct values are looked up, not lines. A line may refer to another of the same call."""
    own = " and d.v not in (select i_key from input)" if target == document.name else ""
    return (
        f"select i.i_ord, '{field}' as field from input i join (select distinct {field} as v from input "
        f"where {field} is not null) d on d.v = i.{field} where not exists "
        f"(select from doc.{target} t where t.{BY_NAME[target].key} = d.v){own}"
    )


def _change_many_function(document: Document) -> str:
    """Amends and moves of many documents, at most one line per key. Every line comes back with its outcome:

    missing, stale, duplicate, illegal, forbidden, denied, incomplete, no_reference or ok; only ok wrote.
    """
    name, key = document.name, document.key
    assignments = ", ".join(f"{f.name} = (j.fresh).{f.name}" for f in document.fields)
    return f"""
create function api.change_many_{name}(p_scope text, p_outlets text[], p_subject text, p_grants text[],
  p_hidden text[], p_ord int[], p_key text[], p_action text[], p_version int[], p_at timestamptz[],
  p_by text[], p_patch jsonb)
returns table (ord int, outcome text, fields text[], version int, state text, answer text)
language plpgsql as $$
#variable_conflict use_column
declare v_erased text[];
begin{SET_SCOPE}
  return query
  with input as materialized (
    select * from rows from (unnest(p_ord), unnest(p_key), unnest(p_action), unnest(p_version), unnest(p_at),
      unnest(p_by), jsonb_array_elements(p_patch)) as i (ord, key, action, expected, at, by, patch)
  ), found as materialized (
    select i.ord, t as old from input i join doc.{name} t on t.{key} = i.key for update of t
  ), step (action, source, target, allowed, not_by, needs, erases) as (values {_steps(document)}
  ), judged as materialized (
    select i.ord, i.key, i.action, i.at, i.by, f.old, n as fresh, s.target,
      {_missing_needs(document)} as lacks, {_lost_in_patch(document)} as lost,
      case when p_hidden = '{{}}' then '{{}}' else api.denied(i.patch, (f.old).state, p_hidden) end as denied,
      case
        when f.ord is null then 'missing'
        when (f.old).version <> i.expected then
          case when exists (select from api.change c where c.document = '{name}' and c.key = i.key
                              and c.version = i.expected + 1 and c.action = i.action
                              and c.actor = i.by and c.after @> i.patch - {_personal_names(document)})
               then 'duplicate' else 'stale' end
        when s.action is null then 'illegal'
        when not (s.allowed && p_grants) or to_jsonb(f.old) ->> s.not_by = i.by{_holder(document)}
          then 'forbidden'
      end as refusal
      from input i
      left join found f using (ord)
      left join step s on s.action = i.action and s.source = (f.old).state
      left join lateral jsonb_populate_record(f.old,
        case when s.erases then i.patch || '{_nothing_personal(document)}' else i.patch end) n on true
  ), weighed as materialized (
    select *, coalesce(refusal, case when denied <> '{{}}' then 'denied'
      when lacks <> '{{}}' then 'incomplete'
      when lost <> '{{}}' then 'no_reference' else 'ok' end) as verdict from judged
  ), written as (
    update doc.{name} t set state = j.target, version = t.version + 1, effective_at = coalesce(j.at, now()),
      updated_at = now(), updated_by = j.by, {assignments}
      from weighed j where j.verdict = 'ok' and t.{key} = j.key
    returning t as r
  ), logged as (
    insert into api.change (document, key, version, action, outlet_id, actor, state, effective_at, after,
      personal_changed)
    select '{name}', j.key, (r).version, j.action, {"(r).outlet_id" if document.is_tenant else "null"}, j.by,
      (r).state, (r).effective_at, api.plain_{name}(r), {_personal_changed(document)}
      from written join weighed j on j.key = (r).{key}
  )
  select j.ord, j.verdict, case j.verdict when 'denied' then j.denied when 'incomplete' then j.lacks
      when 'no_reference' then j.lost end,
    coalesce((w.r).version, (j.old).version), coalesce((w.r).state, (j.old).state),
    case when j.verdict = 'ok' then api.answer_{name}(w.r, p_hidden)::text end
    from weighed j left join written w on (w.r).{key} = j.key;{_forget(document)}
end $$;"""


def _change_function(document: Document) -> str:
    name = document.name
    return f"""
create function api.change_{name}(p_scope text, p_outlets text[], p_subject text, p_grants text[],
  p_hidden text[], p_idempotency_key text, p_request_hash text, p_key text, p_action text, p_version int,
  p_at timestamptz, p_patch jsonb) returns table ({_OUTCOME}) language plpgsql as $$
#variable_conflict use_column
declare v_known record; v record;
begin{SET_SCOPE}{_CLAIM}
  select * into v from api.change_many_{name}(p_scope, p_outlets, p_subject, p_grants, p_hidden, array[1],
    array[p_key], array[p_action], array[p_version], array[p_at], array[p_subject],
    jsonb_build_array(p_patch));
  if v.outcome = 'ok' then{_read_again(document)}{_remember(document, "v.answer")}
  end if;
  return query select case v.outcome when 'duplicate' then 'stale' else v.outcome end, v.fields, v.version,
    v.state, v.answer;
end $$;"""


def _read_again(document: Document) -> str:
    """A move may have followed by itself after the one that was asked for."""
    if not document.advances:
        return ""
    return f"""
    select t.version, t.state, api.answer_{document.name}(t, p_hidden)::text
      into v.version, v.state, v.answer from doc.{document.name} t where t.{document.key} = p_key;"""


def _holder(document: Document) -> str:
    """Moves whose grant stands in the document itself: of a few types only, the others pay nothing."""
    return "".join(
        f" or (i.action = '{m.name}' and "
        f"not api.holds((f.old).{m.holder}, i.by, p_grants, (f.old).outlet_id))"
        for m in document.moves
        if m.holder
    )


def _steps(document: Document) -> str:
    """Rows of VALUES: an amend is a step from a state to itself by whoever may open."""
    amends = [("amend", state, state, document.open_by, None, (), False) for state in document.amend_in]
    moves = [
        (m.name, source, m.target, m.by, m.not_by, m.needs, m.erases)
        for m in document.moves
        for source in m.sources
    ]
    rows = [
        f"('{action}', '{source}', '{target}', {_array(sorted(by))}, {_literal(not_by)}, {_array(needs)}, "
        f"{str(erases).lower()})"
        for action, source, target, by, not_by, needs, erases in (*amends, *moves)
    ]
    never = "(null::text, null::text, null::text, null::text[], null::text, null::text[], false)"
    return ",\n    ".join([never, *rows])


def _missing_needs(document: Document) -> str:
    needed = dict.fromkeys(n for m in document.moves for n in m.needs)
    tests = [f"case when n.{f} is null and '{f}' = any (s.needs) then '{f}' end" for f in needed]
    return f"array_remove(array[{', '.join(tests)}]::text[], null)"


def _lost_in_patch(document: Document) -> str:
    tests = [
        f"case when i.patch ? '{f}' and n.{f} is not null and not exists (select from doc.{t} t "
        f"where t.{BY_NAME[t].key} = n.{f}) then '{f}' end"
        for f, t in document.references()
    ]
    return f"array_remove(array[{', '.join(tests)}]::text[], null)"


def _personal_changed(document: Document) -> str:
    if not document.personal:
        return "null"
    tests = ", ".join(
        f"case when (j.old).{f.name} is distinct from (r).{f.name} then '{f.name}' end"
        for f in document.personal
    )
    return f"nullif(array_remove(array[{tests}], null), '{{}}')"


def _forget(document: Document) -> str:
    erasing = [m.name for m in document.moves if m.erases]
    if not erasing:
        return ""
    target = next(m.target for m in document.moves if m.erases)
    return f"""
  if p_action && {_array(erasing)} then
    select array_agg(t.{document.key}) into v_erased from doc.{document.name} t
     where t.{document.key} = any (p_key) and t.state = '{target}';
    perform api.forget('{document.name}', v_erased);
  end if;"""


def _nothing_personal(document: Document) -> str:
    return "{" + ", ".join(f'"{f.name}": null' for f in document.personal) + "}"


def _personal_names(document: Document) -> str:
    return _array([f.name for f in document.personal])


def columns_of(document: Document) -> str:
    """All columns of the type's table, in their order there."""
    outlet = "outlet_id, " if document.is_tenant else ""
    header = f"{document.key}, {outlet}state, version, effective_at, created_at, created_by, updated_at"
    return f"{header}, updated_by, {_columns(document)}"


def _header_columns(document: Document) -> str:
    outlet = "outlet_id, " if document.is_tenant else ""
    dates = "effective_at, created_at, created_by, updated_at, updated_by"
    return f"{document.key}, {outlet}state, version, {dates}"


def _columns(document: Document, prefix: str = "") -> str:
    return ", ".join(prefix + f.name for f in document.fields)


def _record(document: Document) -> str:
    return ", ".join(f"{f.name} {SQL_TYPES[f.kind]}" for f in document.fields)


def _array(texts: object) -> str:
    assert isinstance(texts, list | tuple)
    return "array[" + ", ".join(f"'{t}'" for t in texts) + "]::text[]"


def _literal(text: str | None) -> str:
    return "null" if text is None else f"'{text}'"
