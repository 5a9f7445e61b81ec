"""Look-up: one text finds vehicles, customers and parts, in one round trip to the database.

In: a signed-in actor and what was typed: a VIN or its end, a name, a phone, a plate, a part number or words
of its description. Out: documents as the API answers them, in scope and under the veils of the field policy;
a field that an actor does not see in a document's state does not find that document either.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from operational_api.access import Actor, current_actor
from operational_api.database import DATABASE_ERRORS, Pool, refusal_of
from operational_api.document import Document
from operational_api.documents.blacklist_entry import BLACKLIST_ENTRY
from operational_api.documents.consent import CONSENT
from operational_api.documents.contact_refusal import CONTACT_REFUSAL
from operational_api.documents.customer_record import CUSTOMER_RECORD
from operational_api.documents.part import PART
from operational_api.documents.part_relation import PART_RELATION
from operational_api.documents.trade_in_appraisal import TRADE_IN_APPRAISAL
from operational_api.documents.vehicle import VEHICLE
from operational_api.policy import Access, access_to, may_read, veils
from operational_api.refusals import FieldError, Invalid
from operational_api.tables import compacted
from operational_api.vin import LENGTH, LETTERS

SHORTEST, MOST_WORDS, LIMIT = 3, 6, 20
VIN_END, PHONE_END, PLATE = 6, 6, 4  # fewer characters would find half the country
NOTHING = "'{}'::jsonb"

router = APIRouter(tags=["look-up"])


@router.get("/v1/find", operation_id="find", response_model=None)
async def find(
    request: Request,
    caller: Annotated[Actor, Depends(current_actor)],
    q: Annotated[str, Query(max_length=60, pattern=r"^[^\x00]*$", description="What was typed")],
) -> Response:
    """Vehicles by VIN, its last 6 to 8 characters or a plate; customers by name or phone; parts by number
    with or without separators, or description. At most 20 of each; a kind not to be read is empty. A whole
    VIN beside a part's number or words is the car it is wanted for: what replaces it is named for that car.
    A part names its successor, what may stand in for it, and what replaces it for some cars alone."""
    body = await look_up(request.app.state.pool, caller, q)
    return Response(body, media_type="application/json", headers={"cache-control": "no-store"})


async def look_up(pool: Pool, actor: Actor, text: str) -> str:
    """A JSON object of three lists. Raises Invalid for a text too short to mean anything."""
    if len(_compact(text)) < SHORTEST:
        rule = f"at least {SHORTEST} letters or digits"
        raise Invalid("q: too short", [FieldError("q", rule, "type more of it")])
    car, wanted = _car_of(text)
    search = _Search(actor, car=car)
    kinds = [
        (VEHICLE, "vehicles", _vehicles),
        (CUSTOMER_RECORD, "customers", _customers),
        (PART, "parts", _parts),
    ]
    # A kind that may not be read is not built: the database knows no type for a value that nothing uses.
    answers = [
        f"'{name}', {_list(search, build(search, wanted) if may_read(actor, document) else None)}"
        for document, name, build in kinds
    ]
    statement = f"select jsonb_build_object({', '.join(answers)})::text"
    try:
        async with pool.acquire() as connection, connection.transaction(readonly=True):
            await connection.fetchrow(
                "select set_config('dms.scope', $1, true), set_config('dms.outlets', $2::text[]::text, true)",
                actor.scope, actor.outlets or (),
            )  # fmt: skip
            return str(await connection.fetchval(statement, *search.values))
    except DATABASE_ERRORS as error:
        raise refusal_of(error) from error


@dataclass
class _Search:
    """One statement under way: whatever was typed is a parameter of it."""

    actor: Actor
    car: str | None = None  # the VIN of the car that a part is wanted for
    values: list[Any] = field(default_factory=list)

    def value(self, value: object) -> str:
        self.values.append(value)
        return f"${len(self.values)}"

    def scope(self, document: Document) -> str:
        """Naming the outlets lets an index serve; the database's policy holds in any case."""
        if not document.is_tenant or self.actor.outlets is None:
            return "true"
        return f"t.outlet_id = any ({self.value(list(self.actor.outlets))}::text[])"

    def seen(self, document: Document, name: str) -> str:
        """Holds for documents in a state in which the actor sees the field."""
        declared = document.field(name)
        states = [
            s for s in document.states if access_to(self.actor.grants, document, declared, s) >= Access.READ
        ]
        return (
            "true" if len(states) == len(document.states) else f"t.state = any ({self.value(states)}::text[])"
        )


@dataclass(frozen=True)
class _Found:
    """Where to look: a type, its condition, and what is added to each answer."""

    document: Document
    condition: str
    order: str
    more: str = NOTHING


def _list(search: _Search, found: _Found | None) -> str:
    """SQL of a JSON list; nothing is looked for where nothing could be found."""
    if found is None:
        return "'[]'::jsonb"
    document = found.document
    words = search.value(list(veils(search.actor.grants, document)))
    return (
        f"(select coalesce(jsonb_agg(api.answer_{document.name}(r, {words}::text[])::jsonb || more), '[]') "
        f"from (select t as r, {found.more} as more from doc.{document.name} t "
        f"where {search.scope(document)} and ({found.condition}) order by {found.order} limit {LIMIT}) page)"
    )


def _vehicles(search: _Search, text: str) -> _Found | None:
    vin = search.car or _compact(text)
    ways = []
    if len(vin) == LENGTH:
        ways.append(f"t.vin = {search.value(vin)}")
    elif VIN_END <= len(vin) < LENGTH and vin.isascii():
        ways.append(f"t.vin like '%' || {search.value(vin)}")
    if PLATE <= len(vin) <= 12 and may_read(search.actor, TRADE_IN_APPRAISAL):
        plate = search.value(vin)
        ways.append(
            "t.vin in (select t.old_vin from doc.trade_in_appraisal t "
            f"where {search.scope(TRADE_IN_APPRAISAL)} and {search.seen(TRADE_IN_APPRAISAL, 'plate')} "
            f"and {compacted('t.plate')} = {plate})"
        )
    return _Found(VEHICLE, " or ".join(ways), "t.production_date desc, t.vin") if ways else None


def _customers(search: _Search, text: str) -> _Found | None:
    ways: list[str] = []
    if search.car:
        return None  # what stands beside a VIN is a part
    digits = re.sub(r"\D", "", text).lstrip("0")
    if len(digits) >= PHONE_END and not re.search(r"[^\W\d_]", text):
        stored = "regexp_replace(t.phone, '\\D', '', 'g')"
        ways.append(
            f"{search.seen(CUSTOMER_RECORD, 'phone')} and {stored} like '%' || {search.value(digits)}"
        )
    elif words := _words(text):
        whole = "concat_ws(' ', t.given_name, t.family_name, t.company_name)"
        likes = [f"{whole} ilike {search.value(w)}" for w in words]
        names = ("given_name", "family_name", "company_name")
        ways.append(" and ".join([*(search.seen(CUSTOMER_RECORD, n) for n in names), *likes]))
    if not ways:
        return None
    order = "t.state, t.family_name, t.company_name, t.customer_id"
    more = _ON_FILE if all(may_read(search.actor, d) for d in _CONTACT) else NOTHING
    return _Found(CUSTOMER_RECORD, " or ".join(f"({w})" for w in ways), order, more)


def _parts(search: _Search, text: str) -> _Found | None:
    number = search.value(_compact(text))
    ways = [
        f"{compacted('t.part_no')} like {number} || '%'",
        f"{compacted('t.part_id')} like {number} || '%'",
    ]
    if words := _words(text):
        ways.append("(" + " and ".join(f"t.description ilike {search.value(w)}" for w in words) + ")")
    order = f"{compacted('t.part_no')} <> {number}, t.state = 'obsolete', t.part_id"
    more = (
        "jsonb_strip_nulls(jsonb_build_object("
        f"'successor_part_id', ({_successor(search)}), 'stand_in_part_ids', ({_STAND_INS}), "
        f"'by_car', ({_BY_CAR})))"
    )
    return _Found(PART, " or ".join(ways), order, more if may_read(search.actor, PART_RELATION) else NOTHING)


# What `contact.judge` asks; a withdrawal is an answer of its own, of the moment it was made.
_CONTACT = (CONSENT, CONTACT_REFUSAL, BLACKLIST_ENTRY)
_ON_FILE = """
  jsonb_build_object('on_file', jsonb_build_object(
    'is_erased', t.state = 'erased',
    'is_blacklisted', exists (
      select from doc.blacklist_entry b where b.customer_id = t.customer_id and b.state = 'active'),
    'refused', coalesce((
      select jsonb_agg(f.channel order by f.channel) from doc.contact_refusal f
       where f.customer_id = t.customer_id and f.state = 'active'), '[]'),
    'permissions', coalesce((
      select jsonb_agg(jsonb_build_object(
               'purpose', c.purpose, 'channel', c.channel, 'state', c.state, 'expires_date', c.expires_date,
               'given_at', case when c.state = 'withdrawn'
                                then greatest(coalesce(c.withdrawn_at, c.updated_at), c.given_at)
                                else c.given_at end) order by c.consent_id)
        from doc.consent c where c.customer_id = t.customer_id), '[]')))"""

_IN_FORCE = (
    "r.state = 'active' and r.valid_from_date <= current_date "
    "and (r.valid_to_date is null or r.valid_to_date >= current_date)"
)

# What may be given for a number today, over one relation; the older one only if it holds both ways.
_STAND_INS = f"""
  select jsonb_agg(distinct o.part_id)
    from (select r.successor_part_id as part_id from doc.part_relation r
           where r.part_id = t.part_id and r.relation_type = 'interchange' and {_IN_FORCE}
          union all
          select r.part_id from doc.part_relation r
           where r.successor_part_id = t.part_id and r.relation_type = 'interchange'
             and r.direction = 'two_way' and {_IN_FORCE}) o"""

# Numbers that replace this one for some cars alone, and for which.
_BY_CAR = f"""
  select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('successor_part_id', r.successor_part_id,
           'serial_from', r.serial_from, 'serial_to', r.serial_to)) order by r.serial_from nulls first)
    from doc.part_relation r
   where r.part_id = t.part_id and r.relation_type = 'supersession' and {_IN_FORCE}
     and (r.serial_from is not null or r.serial_to is not null)"""


def _successor(search: _Search) -> str:
    """The end of the chain of numbers that replace this one today, for the car asked for where one is named.

    Without a car a number that is replaced for some cars alone ends the chain; a circle ends after 20 hops.
    """
    fits = "r.serial_from is null and r.serial_to is null"
    if search.car:
        vin = f"{search.value(search.car)}::text"
        fits = (
            f"(r.serial_from is null or right({vin}, length(r.serial_from)) >= r.serial_from) "
            f"and (r.serial_to is null or right({vin}, length(r.serial_to)) <= r.serial_to)"
        )
    return f"""
  with recursive chain (part_id, hop) as (
    select t.part_id, 0
    union all
    select r.successor_part_id, chain.hop + 1
      from chain join doc.part_relation r on r.part_id = chain.part_id
     where r.relation_type = 'supersession' and chain.hop < 20 and {_IN_FORCE} and {fits})
  select part_id from chain where hop > 0 order by hop desc limit 1"""


def _car_of(text: str) -> tuple[str | None, str]:
    """A whole VIN beside other words is the car that a part is wanted for; the rest is what is looked for."""
    words = text.upper().split()
    vins = [w for w in words if len(w) == LENGTH and set(w) <= set(LETTERS)]
    rest = " ".join(w for w in text.split() if w.upper() not in vins)
    return (vins[0], rest) if len(vins) == 1 and len(_compact(rest)) >= SHORTEST else (None, text)


def _compact(text: str) -> str:
    """Letters and digits alone, in capitals: `04465-02 0t` -> `04465020T`."""
    return "".join(c for c in text.upper() if c.isalnum())


def _words(text: str) -> list[str]:
    """Patterns of the words typed; signs that mean something to `like` mean themselves."""
    words = [w for w in text.split() if any(c.isalnum() for c in w)][:MOST_WORDS]
    return ["%" + re.sub(r"([\\%_])", r"\\\1", w) + "%" for w in words]
