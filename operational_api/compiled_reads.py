"""The SQL functions that read, compiled from the declarations: one call sets the scope and answers in JSON.

In: a `Document`. Out: SQL text of `api.read_T` (one document), `api.page_T` (the next documents by key) and,
once for all types, `api.history` (who changed which field when) and `api.audit` (all documents).
"""

from __future__ import annotations

from collections.abc import Iterator

from operational_api.compiled_writes import SET_SCOPE
from operational_api.document import Document


def read_functions(document: Document) -> Iterator[str]:
    yield _read_function(document)
    yield _page_function(document)


def _read_function(document: Document) -> str:
    name, key = document.name, document.key
    return f"""
create function api.read_{name}(p_scope text, p_outlets text[], p_subject text, p_hidden text[], p_key text)
returns table (answer text, version int) language plpgsql as $$
#variable_conflict use_column
begin{SET_SCOPE}
  return query select api.answer_{name}(t, p_hidden)::text, t.version from doc.{name} t where t.{key} = p_key;
end $$;"""


def _page_function(document: Document) -> str:
    """Documents after `p_after` by key, `p_limit` at most, as a JSON list.

    Row-level security filters rows; naming the outlet as well lets the index on (outlet_id, key) serve.
    """
    name = document.name
    whole = _page_query(document, "")
    if not document.is_tenant:
        body = whole
    else:
        body = f"""
  if p_scope = 'all' then{whole}
  elsif cardinality(p_outlets) = 1 then{_page_query(document, "t.outlet_id = p_outlets[1] and ")}
  else{_page_query(document, "t.outlet_id = any (p_outlets) and ")}
  end if;"""
    return f"""
create function api.page_{name}(p_scope text, p_outlets text[], p_subject text, p_hidden text[], p_after text,
  p_limit int) returns table (items text, last_key text, counted bigint) language plpgsql as $$
begin{SET_SCOPE}{body}
end $$;"""


def _page_query(document: Document, where: str) -> str:
    name, key = document.name, document.key
    return f"""
    return query
    select string_agg(api.answer_{name}(page.r, p_hidden)::text, ',' order by (page.r).{key}),
           max((page.r).{key}), count(*)
      from (select t as r from doc.{name} t where {where}t.{key} > p_after
             order by t.{key} limit p_limit) page;"""


def history_function() -> str:
    """One object per changed field, newest change first; of personal fields the names alone."""
    return f"""
create function api.history(p_scope text, p_outlets text[], p_subject text, p_hidden text[], p_document text,
  p_key text) returns text language plpgsql as $$
declare v_items text;
begin{SET_SCOPE}
  with steps as (
    select c.*, coalesce(lag(c.after) over (order by c.version), '{{}}') as before
      from api.change c where c.document = p_document and c.key = p_key
  ), entries as (
    select s.version, jsonb_build_object('version', s.version, 'action', s.action, 'actor', s.actor,
      'state', s.state, 'effective_at', s.effective_at, 'recorded_at', s.recorded_at,
      'personal_changed', coalesce(to_jsonb(s.personal_changed), '[]'),
      'changes', (select coalesce(jsonb_agg(jsonb_build_object('field', field, 'old', s.before -> field,
                    'new', s.after -> field) order by field), '[]')
        from (select jsonb_object_keys(s.before || s.after) as field) f
        where not field = any (p_hidden) and s.before -> field is distinct from s.after -> field)) as entry
      from steps s
  )
  select string_agg(entry::text, ',' order by version desc) into v_items from entries;
  return '[' || coalesce(v_items, '') || ']';
end $$;"""


def audit_function() -> str:
    """Changes of any document, newest first, one object each, before (p_xid, p_seq) when these are given.

    p_veils names the documents the caller may read, each with the fields that never leave for him. With
    p_field only changes of that field count, and only they are told.
    """
    return f"""
create function api.audit(p_scope text, p_outlets text[], p_subject text, p_veils jsonb, p_key text,
  p_actor text, p_action text, p_field text, p_outlet text, p_from timestamptz, p_to timestamptz, p_xid text,
  p_seq bigint, p_limit int) returns table (entry text, xid text, seq bigint) language plpgsql as $$
#variable_conflict use_column
begin{SET_SCOPE}
  return query
  select jsonb_build_object('document', c.document, 'key', c.key, 'version', c.version, 'action', c.action,
      'actor', c.actor, 'outlet_id', c.outlet_id, 'state', c.state, 'effective_at', c.effective_at,
      'recorded_at', c.recorded_at, 'personal_changed', coalesce(to_jsonb(c.personal_changed), '[]'),
      'changes', d.changes)::text, c.xid::text, c.seq
    from api.change c
    left join api.change b on b.document = c.document and b.key = c.key and b.version = c.version - 1
    cross join lateral (
      select coalesce(jsonb_agg(jsonb_build_object('field', field, 'old', b.after -> field,
               'new', c.after -> field) order by field), '[]') as changes
        from (select jsonb_object_keys(coalesce(b.after, '{{}}') || c.after) as field) f
       where not (p_veils -> c.document) ? field and (p_field is null or field = p_field)
         and b.after -> field is distinct from c.after -> field) d
   where p_veils ? c.document
     and (p_key is null or c.key = p_key) and (p_actor is null or c.actor = p_actor)
     and (p_action is null or c.action = p_action) and (p_outlet is null or c.outlet_id = p_outlet)
     and (p_from is null or c.recorded_at >= p_from) and (p_to is null or c.recorded_at <= p_to)
     and (p_xid is null or (c.xid, c.seq) < (p_xid::xid8, p_seq))
     and (p_field is null or d.changes <> '[]' or p_field = any (c.personal_changed))
   order by c.xid desc, c.seq desc limit p_limit;
end $$;"""
