"""Bulletin receipt: somebody at an outlet has read a bulletin (K02)."""

from operational_api.consequence import Needs, Once, Own
from operational_api.document import DEALER, Document, Field, Grant, Kind

OEM = frozenset({Grant.OEM_PLANNER, Grant.OEM_QUALITY, Grant.OEM_FINANCE})

BULLETIN_RECEIPT = Document(
    name="bulletin_receipt",
    meaning="One reader of one bulletin: who opened it.",
    key="bulletin_receipt_id",
    area="general",
    fields=(
        Field(name="bulletin_id", kind=Kind.CODE, meaning="Bulletin.", required=True, ref="bulletin"),
        Field(name="read_at", kind=Kind.INSTANT, meaning="When it was read.", required=True),
    ),
    states=("read",),
    open_by=DEALER,
    read_by=DEALER | OEM | {Grant.REGIONAL_MANAGER},
    happened="read_at",
    once=(
        Once(
            fields=("bulletin_id", "created_by"),
            states=("read",),
            rule="you have read it already",
            remedy="nothing is to be done",
        ),
    ),
    follows=(
        Needs(
            into=("read",),
            of="bulletin",
            match=(("bulletin_id", Own("bulletin_id")),),
            states=("published",),
            rule="the bulletin is not published",
            remedy="read one that is",
        ),
    ),
)
