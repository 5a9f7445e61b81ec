"""Duplicates of a customer while the record is typed: the records in scope that may be the same person.

In: a signed-in actor, the fields typed so far. Out: at most MOST records as the API answers them, each with
verdict and facts, most alike first. Records meet by declared keys that a trigger keeps in `api.customer_key`,
indexed; they are read under the caller's row-level security, so another dealer's person does not exist, and
compared by what the caller sees of them, so a field he does not see is no evidence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from operational_api.access import Actor, current_actor
from operational_api.database import DATABASE_ERRORS, Pool, refusal_of
from operational_api.documents.customer_record import CUSTOMER_RECORD
from operational_api.likeness import Likeness, likeness
from operational_api.policy import MASK, may_read, veils
from operational_api.refusals import NotAllowed

MOST, CANDIDATES = 10, 50
# Meeting keys over a row `r` and its folded fields `f`; null meets nobody. A fold drops marks, case and signs
# and keeps every script.
MEETING_KEYS: dict[str, str] = {
    "number": "api.normal('number', r.national_id)",
    "phone": "substring(regexp_replace(r.phone, '[^0-9]', '', 'g') from '[0-9]{7}$')",
    "email": "api.normal('email', r.email)",
    "birth and family": "to_char(r.birth_date, 'YYYYMMDD') || left(f.family, 3)",
    "birth and given": "to_char(r.birth_date, 'YYYYMMDD') || left(f.given, 3)",
    "names": "case when f.given || f.family is not null"
    " then least(f.given, f.family) || '/' || greatest(f.given, f.family) end",
    "address": "api.fold(r.address_line) || '/' || api.fold(r.postcode)",
    "company": "left(api.fold(r.company_name), 8)",
}
COMPARED = ("customer_type", "given_name", "family_name", "company_name", "phone", "email", "address_line",
            "postcode", "birth_date", "national_id")  # fmt: skip

_Text = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]

router = APIRouter(tags=["persons"])


class Typed(BaseModel):
    """A customer record as far as it is typed; nothing is judged, whatever is there is compared."""

    model_config = ConfigDict(extra="forbid")

    customer_type: Literal["person", "company"] | None = None
    given_name: _Text | None = None
    family_name: _Text | None = None
    company_name: _Text | None = None
    phone: _Text | None = None
    email: _Text | None = None
    address_line: _Text | None = None
    postcode: _Text | None = None
    birth_date: date | None = None
    national_id: _Text | None = None


@router.post("/v1/duplicates", operation_id="find_duplicates", response_model=None)
async def find_duplicates(
    request: Request, caller: Annotated[Actor, Depends(current_actor)], typed: Typed
) -> Response:
    """Customer records in scope that may be the one being typed: what agrees, and how likely it is the same.

    Nothing is written. `likely` asks for a look before a new record is saved; a household member is neither.
    """
    found = await look_for(request.app.state.pool, caller, typed)
    items = [
        {
            **row,
            "verdict": like.verdict,
            "facts": [{"field": f.field, "finding": f.finding} for f in like.facts],
        }
        for row, like in found
    ]
    return Response(
        json.dumps({"items": items}, ensure_ascii=False),
        media_type="application/json",
        headers={"cache-control": "no-store"},
    )


async def look_for(pool: Pool, actor: Actor, typed: Typed) -> list[tuple[dict[str, Any], Likeness]]:
    """One round trip, then comparing. Raises NotAllowed for who does not open customer records."""
    if not (actor.grants & CUSTOMER_RECORD.open_by and may_read(actor, CUSTOMER_RECORD)):
        raise NotAllowed("customer records are opened by dealers; nobody else looks for duplicates of one")
    texts = typed.model_dump(mode="json", exclude_none=True)
    given = {name: text.strip() for name, text in texts.items() if text.strip()}
    words = list(veils(actor.grants, CUSTOMER_RECORD))
    try:
        text = await pool.fetchval(
            "select api.duplicates($1, $2, $3, $4, $5)",
            actor.scope, actor.outlets or (), json.dumps(given), words, CANDIDATES,
        )  # fmt: skip
    except DATABASE_ERRORS as error:
        raise refusal_of(error) from error
    judged = [(row, likeness(given, _seen(row, given))) for row in json.loads(text)]
    alike = [(row, like) for row, like in judged if like.verdict is not None]
    return sorted(alike, key=lambda pair: (pair[1].rank, pair[0]["updated_at"]), reverse=True)[:MOST]


def _seen(row: dict[str, Any], given: dict[str, str]) -> dict[str, str | None]:
    """What the caller sees of a record; a company is never compared with a person."""
    data = row["data"]
    if given.get("customer_type") not in {None, data.get("customer_type")}:
        return {}
    return {name: data.get(name) for name in COMPARED if data.get(name) != MASK}


def duplicate_functions() -> Iterator[str]:
    """Keys of a record, the trigger that keeps them, the look-up; and all keys anew when they changed."""
    yield """
create function api.fold(p text) returns text language sql immutable as $$
  select nullif(lower(regexp_replace(regexp_replace(normalize(p, NFKD), '[\\u0300-\\u036f]', '', 'g'),
                                     '[[:punct:][:space:]]', '', 'g')), '');
$$;"""
    yield f"""
create function api.customer_keys(r doc.customer_record) returns bigint[] language sql stable as $${_body()}
$$;"""
    fields = ", ".join(f"{{row}}.{name}" for name in (*COMPARED, "state", "outlet_id"))
    changed = f"({fields.format(row='o')}) is distinct from ({fields.format(row='n')})"
    yield _keep("insert", "new_rows n")
    yield _keep("update", f"old_rows o join new_rows n using (customer_id) where {changed}")
    yield _LOOK
    # A sample of keys would outlive the person.
    yield "alter table api.customer_key alter column key set statistics 0"


def _keep(event: str, rows: str) -> str:
    """A trigger of a whole statement, as the owner: nobody else writes keys, and it its own rows alone."""
    tables = "new table as new_rows" + (" old table as old_rows" if event == "update" else "")
    return f"""
create function api.keep_customer_keys_on_{event}() returns trigger language plpgsql security definer
set search_path = pg_catalog as $$
declare v doc.customer_record[] := array(select n::doc.customer_record from {rows});
begin
  delete from api.customer_key where customer_id in (select r.customer_id from unnest(v) r);
  insert into api.customer_key (key, outlet_id, customer_id)
  select k, r.outlet_id, r.customer_id from unnest(v) r, unnest(api.customer_keys(r)) k;
  return null;
end $$;
create trigger keep_keys_on_{event} after {event} on doc.customer_record referencing {tables}
for each statement execute function api.keep_customer_keys_on_{event}();"""


_LOOK = """
create function api.duplicates(p_scope text, p_outlets text[], p_typed jsonb, p_veils text[], p_most int)
returns text language plpgsql as $$
begin
  perform set_config('dms.scope', p_scope, true), set_config('dms.outlets', p_outlets::text, true);
  return (
    with held as (
      select k.customer_id, count(*) over (partition by k.key) as holders from api.customer_key k
       where k.key = any (api.customer_keys(jsonb_populate_record(null::doc.customer_record, p_typed)))),
    met as (  -- a key that few hold says more than one of hundreds of namesakes
      select customer_id from held
       group by customer_id order by sum(1.0 / holders) desc, customer_id limit p_most)
    select coalesce(jsonb_agg(api.answer_customer_record(t, p_veils)::jsonb), '[]')::text
      from met join doc.customer_record t using (customer_id) where t.state <> 'erased');
end $$;"""


def rekeying_statement() -> str:
    """Keys of the rows that are there, when what makes a key changed; their index's comment remembers that.

    The owner is held to row-level security like everybody, so it is lifted for the transaction's reading.
    """
    return f"""
do $do$ declare v_made text := md5($made${_body()}$made$); begin
  if obj_description('api.pk_customer_key'::regclass, 'pg_class') is distinct from v_made then
    alter table doc.customer_record no force row level security;
    delete from api.customer_key;
    insert into api.customer_key (key, outlet_id, customer_id)
    select k, r.outlet_id, r.customer_id from doc.customer_record r, unnest(api.customer_keys(r)) k;
    alter table doc.customer_record force row level security;
    execute format('comment on index api.pk_customer_key is %L', v_made);
  end if;
end $do$;"""


def _body() -> str:
    keys = ",\n    ".join(f"('{name}:' || ({sql}))" for name, sql in MEETING_KEYS.items())
    return f"""
  select coalesce(array_agg(distinct hashtextextended(k, 0)), '{{}}')
    from (select api.fold(r.given_name) as given, api.fold(r.family_name) as family offset 0) f,
   lateral (values
    {keys}) as v (k)
   where k is not null and r.state is distinct from 'erased';"""
