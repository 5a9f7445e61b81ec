"""May a person be contacted, whichever of his records said so? The lists of the golden customer.

In: keys of customer records, the published golden customers in the actor's scope, what is on file now. Out: a
verdict per key. Records of one person in scope are asked now; what his records at other outlets say is known
from the last run. Of all that the most restrictive wins: a yes here never outweighs a no elsewhere. A no of
another outlet that was lifted this morning counts until the next run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from operational_api.access import Actor
from operational_api.contact import Channel, Purpose, Reason
from operational_api.database import Pool
from operational_api.insights.reader import scoped
from operational_api.on_file import verdicts_on
from pipelines.snapshot import Snapshot

RECORDS, SAID = "bridge_customer_record", "mart_customer_permission"
# Refusals in the order in which one of several records of a person decides.
SEVEREST = (Reason.ERASED, Reason.BLACKLISTED, Reason.REFUSED, Reason.WITHDRAWN, Reason.EXPIRED)
_STANDING = {
    "listed": Reason.BLACKLISTED,
    "refused": Reason.REFUSED,
    "withdrawn": Reason.WITHDRAWN,
    "expired": Reason.EXPIRED,
}


async def golden_verdicts(
    pool: Pool,
    snapshot: Snapshot,
    caller: Actor,
    customers: Sequence[str],
    purpose: Purpose,
    channels: Iterable[Channel],
) -> dict[str, Reason]:
    """As `verdicts_on`, over all records of the person; the record's own where none is published."""
    golden = _golden(snapshot, caller, customers)
    siblings = set(customers).union(*golden.values()) - {""}
    wanted = tuple(channels)
    by_channel: list[dict[str, Reason]] = []
    for channel in wanted:
        own = await verdicts_on(pool, caller, sorted(siblings), purpose, (channel,))
        elsewhere = _elsewhere(snapshot, caller, golden, purpose, channel)
        by_channel.append(
            {
                key: _severest(own[key], [*(own[s] for s in records if s in own), *elsewhere.get(key, ())])
                for key, records in ((c, golden.get(c, ())) for c in dict.fromkeys(customers))
                if key in own
            }
        )
    return {
        key: next((found[key] for found in by_channel if found[key] is Reason.PERMITTED), by_channel[0][key])
        for key in (by_channel[0] if by_channel else ())
    }


def _severest(own: Reason, others: Iterable[Reason]) -> Reason:
    """A no of any record; else what the record itself says: not asked elsewhere takes nothing away."""
    said = {own, *others}
    return next((reason for reason in SEVEREST if reason in said), own)


def _golden(snapshot: Snapshot, caller: Actor, customers: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Of each record the records in scope that are the same person, itself among them."""
    if RECORDS not in snapshot.manifest.tables:
        return {}
    rows = scoped(snapshot, caller, RECORDS).select("golden_id", "customer_id")
    mine = rows.filter(pl.col("customer_id").is_in(list(customers))).rename({"customer_id": "asked"})
    found: defaultdict[str, list[str]] = defaultdict(list)
    for asked, record in mine.join(rows, on="golden_id").select("asked", "customer_id").collect().iter_rows():
        found[asked].append(record)
    return {asked: tuple(sorted(records)) for asked, records in found.items()}


def _elsewhere(
    snapshot: Snapshot,
    caller: Actor,
    golden: Mapping[str, tuple[str, ...]],
    purpose: Purpose,
    channel: Channel,
) -> dict[str, list[Reason]]:
    """What records out of scope say against it; those in scope were asked now."""
    if SAID not in snapshot.manifest.tables or not golden:
        return {}
    ids = scoped(snapshot, caller, RECORDS).filter(pl.col("customer_id").is_in(list(golden)))
    seen = sorted({record for records in golden.values() for record in records})
    against = scoped(snapshot, caller, SAID).filter(
        pl.col("standing").is_in(list(_STANDING)),
        pl.col("purpose").is_in(["all", purpose]),
        pl.col("channel").is_in(["all", channel]),
        ~pl.col("said_of_customer_id").is_in(seen),
    )
    pairs = ids.select("golden_id", "customer_id").join(
        against.select("golden_id", "standing"), on="golden_id"
    )
    found: defaultdict[str, list[Reason]] = defaultdict(list)
    for key, standing in pairs.select("customer_id", "standing").unique().collect().iter_rows():
        found[key].append(_STANDING[standing])
    return found
