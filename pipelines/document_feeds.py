"""File feeds whose rows become documents that exist: what a system of record sends, and as what it arrives.

In: declarations of document types. Out: `DocumentFeed`s. A feed names the fields that its sender fills;
kinds, bounds and rules are the document's own, so nothing is declared twice. `becoming.py` does the work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from operational_api.document import Document, Field, Kind, Rule
from operational_api.documents import BY_NAME
from pipelines.contracts import Contract
from pipelines.file_feeds import System
from pipelines.mapping import KEY, OUTLET


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFeed:
    """One row is one document, or one line of one when `lines` names the field that the rows of a key fill.

    `carries` are the document's fields in the file, `needs` those among them that this sender always knows.
    A master's word replaces what is on file; another sender's document is opened once and then ours.
    `status`: value of the row's column `status` -> move it stands for, made at `status_at`; such a feed opens
    nothing. `ends`: (field, move) that follows as soon as the field has a value.
    """

    name: str
    system: System
    meaning: str
    becomes: str
    carries: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    lines: str | None = None
    line_carries: tuple[str, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    is_master: bool = True
    opens_in: str | None = None
    status: Mapping[str, str] = field(default_factory=dict)
    ends: tuple[str, str] | None = None

    @property
    def document(self) -> Document:
        return BY_NAME[self.becomes]

    @property
    def header_fields(self) -> tuple[Field, ...]:
        """Fields of the document that a row carries, lines left out."""
        own = (self.document.field(name) for name in self.carries)
        return tuple(replace(f, required=True) if f.name in self.needs else f for f in own)

    @property
    def line_fields(self) -> tuple[Field, ...]:
        own = self.document.field(self.lines).lines if self.lines else ()
        return tuple(f for f in own if f.name in self.line_carries)

    @property
    def contract(self) -> Contract:
        """Of the rows as they come."""
        key = Field(name=KEY, kind=self.document.key_kind, meaning="Key the sender uses.", required=True)
        outlet = Field(name=OUTLET, kind=Kind.CODE, meaning="Outlet.", required=True, ref="outlet")
        head = (key, outlet) if self.has_outlet else (key,)
        fields = (*head, *self.header_fields, *self.line_fields, *self._status_fields)
        names = {f.name for f in fields}
        return Contract(self.name, fields, tuple(r for r in self._rules if set(r.fields) <= names))

    @property
    def has_outlet(self) -> bool:
        """A status is about a document that has its outlet already."""
        return self.document.is_tenant and not self.status

    @property
    def written(self) -> list[tuple[str, Field]]:
        """Columns of the file as the sender writes them, with what each means."""
        names = {KEY: self.document.key, OUTLET: "outlet_id"}
        return [(names.get(f.name, f.name), f) for f in self.contract.fields]

    @property
    def _rules(self) -> tuple[Rule, ...]:
        return self.document.rules

    @property
    def _status_fields(self) -> tuple[Field, ...]:
        if not self.status:
            return ()
        return (
            Field(
                name="status",
                kind=Kind.CHOICE,
                meaning="Station it has passed.",
                required=True,
                choices=tuple(self.status),
            ),
            Field(name="status_at", kind=Kind.INSTANT, meaning="When it passed.", required=True),
        )


DOCUMENT_FEEDS: tuple[DocumentFeed, ...] = (
    DocumentFeed(
        name="erp_parts_shipment",
        system=System.ERP,
        meaning="Parts that left a warehouse, one row a line of the dispatch advice.",
        becomes="parts_shipment",
        carries=("parts_order_id", "supplier_outlet_code", "shipped_at", "eta_date"),
        lines="lines",
        line_carries=("line_no", "part_id", "quantity"),
    ),
    DocumentFeed(
        name="erp_vehicle_shipment",
        system=System.ERP,
        meaning="Cars on their way, one row a car on board.",
        becomes="shipment",
        carries=(
            "mode",
            "carrier",
            "bill_of_lading",
            "dispatch_permit",
            "departure_date",
            "eta_date",
            "freight_minor",
            "currency",
        ),
        lines="cars",
        line_carries=("vin", "vehicle_order_id"),
    ),
    DocumentFeed(
        name="mes_vehicle_built",
        system=System.MES,
        meaning="Cars that left the line.",
        becomes="vehicle",
        carries=("product_id", "engine_no", "plant", "production_date"),
        needs=("plant",),
        opens_in="built",
    ),
    DocumentFeed(
        name="mes_order_status",
        system=System.MES,
        meaning="How far production of an ordered car is.",
        becomes="vehicle_order",
        status={"scheduled": "schedule", "produced": "produce"},
    ),
    DocumentFeed(
        name="plm_part",
        system=System.PLM,
        meaning="Part numbers as engineering releases and changes them.",
        becomes="part",
        carries=(
            "part_no",
            "description",
            "category",
            "criticality",
            "pack_size",
            "minimum_quantity",
            "is_returnable",
            "shelf_life_days",
            "introduced_date",
        ),
        opens_in="active",
    ),
    DocumentFeed(
        name="plm_supersession",
        system=System.PLM,
        meaning="Which number replaces which, from when, and when a replacement ends.",
        becomes="part_relation",
        carries=(
            "part_id",
            "successor_part_id",
            "relation_type",
            "direction",
            "preceding_quantity",
            "succeeding_quantity",
            "use_up",
            "valid_from_date",
            "valid_to_date",
        ),
        ends=("valid_to_date", "end"),
    ),
    DocumentFeed(
        name="call_centre_lead",
        system=System.CALL_CENTRE,
        meaning="Callers who may buy.",
        becomes="lead",
        carries=("campaign", "contact_name", "contact_phone", "contact_email", "series", "arrived_at"),
        needs=("contact_phone",),
        constants={"source": "call_centre"},
        is_master=False,
    ),
    DocumentFeed(
        name="call_centre_enquiry",
        system=System.CALL_CENTRE,
        meaning="Callers with a question.",
        becomes="enquiry",
        carries=(
            "contact_name",
            "contact_phone",
            "vin",
            "category",
            "subject",
            "description",
            "received_at",
            "due_at",
        ),
        constants={"channel": "call_centre"},
        is_master=False,
    ),
    DocumentFeed(
        name="call_centre_complaint",
        system=System.CALL_CENTRE,
        meaning="Callers with a complaint.",
        becomes="complaint",
        carries=(
            "contact_name",
            "contact_phone",
            "vin",
            "category",
            "subject",
            "description",
            "level",
            "received_at",
            "due_at",
        ),
        constants={"channel": "call_centre"},
        is_master=False,
    ),
    DocumentFeed(
        name="web_lead",
        system=System.WEB,
        meaning="Prospects of web portals: ADF XML as it is, or a table.",
        becomes="lead",
        carries=(
            "source",
            "campaign",
            "series",
            "contact_name",
            "contact_phone",
            "contact_email",
            "arrived_at",
        ),
        needs=("contact_name",),
        is_master=False,
    ),
    DocumentFeed(
        name="hr_staff",
        system=System.HR,
        meaning="Who works where, and who left.",
        becomes="staff",
        carries=("given_name", "family_name", "phone", "email", "position", "hired_date", "left_date"),
        ends=("left_date", "leave"),
    ),
)
DOCUMENT_FEED_BY_NAME: dict[str, DocumentFeed] = {feed.name: feed for feed in DOCUMENT_FEEDS}
