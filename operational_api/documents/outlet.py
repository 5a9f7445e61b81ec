"""Outlet: a dealer, experience store, service provider or warehouse, and its place in the network.

`region_path` is the hierarchy from the world down, separated by slashes: MEA/GULF/AE.
A regional manager sees the outlets whose path starts with the region of the token.
"""

from operational_api.document import EVERYONE, Document, Field, Grant, Kind, Move, NotBefore, Tenancy

NETWORK = frozenset({Grant.OEM_PLANNER})

OUTLET = Document(
    name="outlet",
    meaning="A place of the network that sells, serves or stores: one legal entity may run several.",
    key="outlet_code",
    named_by=("name",),
    area="network",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(name="name", kind=Kind.TEXT, meaning="Name on the sign.", required=True),
        Field(
            name="legal_entity", kind=Kind.TEXT, meaning="Company that signed the contract.", required=True
        ),
        Field(
            name="tax_id",
            kind=Kind.CODE,
            meaning="Tax number of that company: outlets with one number are one legal entity.",
            max_length=40,
        ),
        Field(
            name="outlet_kind",
            kind=Kind.CHOICE,
            meaning="What the place does in the network.",
            choices=(
                "dealer",
                "experience_store",
                "service_provider",
                "regional_warehouse",
                "central_warehouse",
            ),
            required=True,
        ),
        Field(
            name="market",
            kind=Kind.COUNTRY,
            meaning="Country whose rules, money and holidays apply.",
            required=True,
        ),
        Field(
            name="region_path",
            kind=Kind.CODE,
            meaning="Region hierarchy, top first.",
            required=True,
            max_length=80,
        ),
        Field(name="city", kind=Kind.TEXT, meaning="City of the place.", required=True),
        Field(
            name="timezone",
            kind=Kind.TEXT,
            meaning="IANA time zone in which its days and months fall.",
            required=True,
            max_length=40,
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency it trades in.", required=True),
        Field(
            name="language",
            kind=Kind.TEXT,
            meaning="BCP-47 tag of the language its people read.",
            required=True,
            max_length=12,
        ),
        Field(
            name="supplier_outlet_code",
            kind=Kind.CODE,
            meaning="Warehouse that supplies its parts.",
            ref="outlet",
        ),
        Field(
            name="lead_time_days",
            kind=Kind.INTEGER,
            meaning="Agreed days from stock order to receipt.",
            minimum=0,
            maximum=400,
            unit="days",
        ),
        Field(
            name="review_days",
            kind=Kind.INTEGER,
            meaning="Days between two stock orders.",
            minimum=1,
            maximum=90,
            unit="days",
        ),
        Field(name="opened_date", kind=Kind.DATE, meaning="First day of business.", required=True),
        Field(name="closed_date", kind=Kind.DATE, meaning="Last day of business."),
        Field(
            name="successor_outlet_code",
            kind=Kind.CODE,
            meaning="Outlet that took over its business after a merger or an exit.",
            ref="outlet",
        ),
    ),
    states=("operating", "suspended", "closed"),
    moves=(
        Move("suspend", ("operating",), "suspended", by=NETWORK),
        Move("resume", ("suspended",), "operating", by=NETWORK),
        Move("close", ("operating", "suspended"), "closed", by=NETWORK, needs=("closed_date",)),
    ),
    open_by=NETWORK,
    read_by=EVERYONE,
    amend_in=("operating", "suspended"),
    rules=(NotBefore("closed_date", "opened_date"),),
)
