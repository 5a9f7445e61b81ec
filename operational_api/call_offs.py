"""A DELFOR message taken in: opened once under its number, and a resend answered by what is there.

In: the bytes of the message. Out: the call-off it opened. Its key is made of outlet, supplier and message
number, so two resends at once open one. The number with other content is refused, as is a message older than
the active call-off (`documents/call_off.py`); a resend of one that was replaced meanwhile changes nothing.
"""

from __future__ import annotations

import hashlib

import msgspec

from operational_api import delfor, payload, reads, writes
from operational_api.access import Actor
from operational_api.database import Pool
from operational_api.documents.call_off import CALL_OFF
from operational_api.refusals import Conflict, NotFound


async def take(pool: Pool, actor: Actor, raw: bytes, idempotency_key: str | None) -> writes.Answer:
    """Raises what opening a document raises; Conflict for an older message or a number used for another."""
    body = delfor.opening(raw)
    outlet, _ = writes.outlet_fault(actor, CALL_OFF, body.get("outlet_id"))
    key = _key(outlet or "", body["data"].get("supplier", ""), body["data"].get("message_no", ""))
    try:
        return await writes.open_document(pool, actor, CALL_OFF, {**body, "key": key}, idempotency_key)
    except Conflict as refused:
        there = await _there(pool, actor, key)
        if there is None or not _is_same(there.body, body["data"]):
            raise refused from None
        return there


def _key(*parts: str) -> str:
    key = ".".join(parts)
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
    return key if writes.is_key(CALL_OFF, key) else digest


async def _there(pool: Pool, actor: Actor, key: str) -> writes.Answer | None:
    try:
        body, version = await reads.read_document(pool, actor, CALL_OFF, key)
    except NotFound:
        return None
    return writes.Answer(key=key, version=version, body=body, is_replay=True)


def _is_same(answer: str, data: object) -> bool:
    """Compared as understood: spelling, order of fields and zone of the instant do not matter."""
    struct = payload.data_struct(CALL_OFF)
    held = {k: v for k, v in msgspec.json.decode(answer)["data"].items() if v is not None}
    return msgspec.convert(held, struct) == msgspec.convert(data, struct)
