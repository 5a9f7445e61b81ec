"""Erasure inside the database, compiled from the declarations: what a person's erasure takes with it.

In: the types with an erasing move. Out: SQL of their guard, a trigger. When a row is erased it remembers
salted hashes of what would identify the person, and empties the personal fields of every document that refers
to the person or carries the same phone or e-mail. When a row is written it refuses what was erased, unless
the person has consented anew since. The bytes that dead rows still hold go with `pipelines/erasure.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from operational_api.document import Document, Field, Kind
from operational_api.documents import DOCUMENTS

ERASABLE = tuple(d for d in DOCUMENTS if any(m.erases for m in d.moves))
SUPPRESSED_RULE = "belongs to a person who was erased on request"
SUPPRESSED_REMEDY = "open the record without it, record the person's new consent, then add it"

_COMMON = (
    # What two spellings of one identity share. A phone's last nine digits, so that
    # 050... is +971 50...; fewer than seven are nobody's alone.
    """
create function api.normal(p_kind text, p_value text) returns text language sql immutable as $$
  select nullif(case p_kind
    when 'phone' then substring(regexp_replace(p_value, '[^0-9]', '', 'g') from '[0-9]{7,9}$')
    when 'email' then lower(trim(p_value))
    else upper(regexp_replace(p_value, '[^A-Za-z0-9]', '', 'g')) end, '');
$$;""",
    # The salt is the owner's alone: with it, phone numbers could be tried one after the other.
    """
create function api.suppress(p_kinds text[], p_values text[]) returns void language sql security definer
set search_path = pg_catalog as $$
  insert into api.suppression (hash, erased_at)
  select encode(sha256(convert_to(s.salt::text || kind || ':' || api.normal(kind, value), 'UTF8')), 'hex'),
         now()
    from unnest(p_kinds, p_values) as i (kind, value), api.suppression_salt s
   where api.normal(kind, value) is not null
  on conflict (hash) do update set erased_at = excluded.erased_at;
$$;""",
    # Place of the first value that was suppressed after p_since; null when none was.
    """
create function api.suppressed(p_kinds text[], p_values text[], p_since timestamptz) returns bigint
language sql stable security definer set search_path = pg_catalog as $$
  select min(place) from unnest(p_kinds, p_values) with ordinality as i (kind, value, place),
         api.suppression_salt s
   where exists (select from api.suppression x where x.erased_at > coalesce(p_since, '-infinity')
           and x.hash = encode(sha256(convert_to(s.salt::text || kind || ':' || api.normal(kind, value),
                                                 'UTF8')), 'hex'));
$$;""",
)


def erasure_functions() -> Iterator[str]:
    yield from _COMMON
    for document in ERASABLE:
        yield _guard(document)
        yield (
            f"create trigger guard_person before insert or update on doc.{document.name} "
            f"for each row execute function api.guard_{document.name}()"
        )


def statistics_statements() -> Iterator[str]:
    """Samples that the planner keeps of a column would outlive the person: of personal ones it keeps none."""
    for document in DOCUMENTS:
        for field in document.personal:
            yield f"alter table doc.{document.name} alter column {field.name} set statistics 0"


def suppressed_name(document: Document, field: Field) -> str:
    """The constraint that the guard claims to be broken."""
    return f"sp_{document.name}_{field.name}"


def identity_of(field: Field) -> str | None:
    """The kind of identity a field holds, when it alone is enough to know a person again."""
    if not field.personal:
        return None
    known = {Kind.PHONE: "phone", Kind.EMAIL: "email"}
    return known.get(field.kind, "number" if field.name == "national_id" else None)


def identifying(document: Document) -> tuple[Field, ...]:
    return tuple(f for f in document.fields if identity_of(f))


def follows(document: Document, erased: Document) -> bool:
    """Whether personal fields of the document go with an erased one."""
    refers = any(target == erased.name for _, target in document.references()) or has_subject(document)
    is_met = refers or (bool(identifying(document)) and document.name != "staff")
    return document is not erased and document.is_tenant and bool(document.personal) and is_met


def has_subject(document: Document) -> bool:
    """A document about any other: it names type and key."""
    return {"subject_document", "subject_key"} <= set(document.by_name)


def _guard(document: Document) -> str:
    fields = identifying(document)
    kinds = ", ".join(f"'{identity_of(f)}'" for f in fields)
    new, old = (", ".join(f"{row}.{f.name}" for f in fields) for row in ("new", "old"))
    erased = next(m.target for m in document.moves if m.erases)
    names = ", ".join(f"'{suppressed_name(document, f)}'" for f in fields)
    cascade = "".join(_cascade(d, document) for d in DOCUMENTS if follows(d, document))
    return f"""
create function api.guard_{document.name}() returns trigger language plpgsql as $$
#variable_conflict use_column
declare v_place bigint; v_scope text; v_keys text[]; v_kinds text[] := array[{kinds}];
begin
  if tg_op = 'UPDATE' and new.state = '{erased}' and old.state <> '{erased}' then
    perform api.suppress(v_kinds, array[{old}]);
    -- The person may have left traces at outlets that the caller does not see.
    v_scope := current_setting('dms.scope', true);
    perform set_config('dms.scope', 'all', true);{cascade}
    perform set_config('dms.scope', v_scope, true);
  elsif new.state <> '{erased}' and (tg_op = 'INSERT' or ({new}) is distinct from ({old})) then
    v_place := api.suppressed(v_kinds, array[{new}], (select max(c.created_at) from doc.consent c
      where c.customer_id = new.{document.key} and c.state = 'given'));
    if v_place is not null then
      raise exception 'erased on request' using errcode = 'check_violation',
        constraint = (array[{names}])[v_place];
    end if;
  end if;
  return new;
end $$;"""


def _cascade(document: Document, erased: Document) -> str:
    """Empty the personal fields of documents about the person, and say so in the audit."""
    name, key = document.name, document.key
    refers = [f"t.{f} = old.{erased.key}" for f, target in document.references() if target == erased.name]
    if has_subject(document):
        refers.append(f"(t.subject_document = '{erased.name}' and t.subject_key = old.{erased.key})")
    met = [
        f"api.normal('{identity_of(f)}', t.{f.name}) = api.normal('{identity_of(f)}', old.{o.name})"
        for f in identifying(document)
        for o in identifying(erased)
        if identity_of(f) == identity_of(o)
    ]
    holds = " or ".join(f"t.{f.name} is not null" for f in document.personal)
    empty = ", ".join(f"{f.name} = null" for f in document.personal)
    personal = ", ".join(f"'{f.name}'" for f in document.personal)
    return f"""
    with gone as (
      update doc.{name} t set {empty}, version = t.version + 1, updated_at = now(),
             updated_by = new.updated_by
       where ({" or ".join([*refers, *met])}) and ({holds}) returning t as r
    ), logged as (
      insert into api.change (document, key, version, action, outlet_id, actor, state, effective_at, after,
        personal_changed)
      select '{name}', (r).{key}, (r).version, 'erase', (r).outlet_id, (r).updated_by, (r).state,
             (r).effective_at, api.plain_{name}(r), array[{personal}] from gone
    )
    select array_agg((r).{key}) into v_keys from gone;
    perform api.forget('{name}', v_keys);"""
