"""What is on file about many customers at once, and whether each may be contacted: one round trip.

In: keys of customer records and a purpose. Out: the verdict of `contact.py` for each one the caller sees.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime

import msgspec

from operational_api.access import Actor
from operational_api.compiled_writes import SET_SCOPE
from operational_api.contact import Channel, Direction, OnFile, Permission, Purpose, Reason, judge
from operational_api.database import DATABASE_ERRORS, Pool, refusal_of


class _Held(msgspec.Struct):
    customer_id: str
    is_erased: bool
    is_blacklisted: bool
    refused: frozenset[str]
    permissions: tuple[Permission, ...]


async def verdicts_on(
    pool: Pool, caller: Actor, customers: Sequence[str], purpose: Purpose, channels: Iterable[Channel]
) -> dict[str, Reason]:
    """What decides about contacting each customer, outbound; the best of the channels. One round trip.

    A customer of another outlet is not on file for the caller and has no verdict.
    """
    if not customers:
        return {}
    try:
        text = await pool.fetchval(
            "select api.on_file($1, $2, $3, $4)",
            caller.scope, caller.outlets or (), caller.subject, sorted(set(customers)),
        )  # fmt: skip
    except DATABASE_ERRORS as error:
        raise refusal_of(error) from error
    today = datetime.now(UTC).date()
    wanted = tuple(channels)
    return {
        held.customer_id: _best(held, purpose, wanted, today)
        for held in msgspec.json.decode(text, type=list[_Held])
    }


def on_file_functions() -> Iterator[str]:
    """SQL of what is on file about many customers at once, in the caller's scope."""
    yield _ON_FILE


def _best(held: _Held, purpose: Purpose, channels: tuple[Channel, ...], today: date) -> Reason:
    on_file = OnFile(
        is_erased=held.is_erased, is_blacklisted=held.is_blacklisted, refused=held.refused,
        permissions=held.permissions,
    )  # fmt: skip
    found = [
        judge(on_file, purpose=purpose, channel=c, direction=Direction.OUTBOUND, today=today).reason
        for c in channels
    ]
    return Reason.PERMITTED if Reason.PERMITTED in found else found[0]


_ON_FILE = f"""
create function api.on_file(p_scope text, p_outlets text[], p_subject text, p_customers text[])
returns text language plpgsql as $$
begin{SET_SCOPE}
  return (select coalesce(jsonb_agg(jsonb_build_object(
      'customer_id', c.customer_id,
      'is_erased', c.state = 'erased',
      'is_blacklisted', exists (select from doc.blacklist_entry b
                                 where b.customer_id = c.customer_id and b.state = 'active'),
      'refused', (select coalesce(jsonb_agg(r.channel), '[]') from doc.contact_refusal r
                   where r.customer_id = c.customer_id and r.state = 'active'),
      'permissions', (select coalesce(jsonb_agg(jsonb_build_object(
            'purpose', p.purpose, 'channel', p.channel, 'state', p.state, 'expires_date', p.expires_date,
            'given_at', case when p.state = 'withdrawn'
              then greatest(coalesce(p.withdrawn_at, p.updated_at), p.given_at) else p.given_at end)), '[]')
          from doc.consent p where p.customer_id = c.customer_id))), '[]')::text
    from doc.customer_record c where c.customer_id = any (p_customers));
end $$;"""
