"""Outlet life cycle: from a candidate to the exit, with the checklist of each gate (N01-N04)."""

from operational_api.consequence import Moves, Own
from operational_api.document import Document, Field, Grant, Kind, Move, Tenancy

NETWORK = frozenset({Grant.OEM_PLANNER, Grant.REGIONAL_MANAGER})
OEM = frozenset({Grant.OEM_PLANNER})
FINANCE = frozenset({Grant.OEM_FINANCE})

OUTLET_LIFECYCLE = Document(
    name="outlet_lifecycle",
    meaning="The development, admission, operation and exit of one place of the network.",
    key="outlet_lifecycle_id",
    area="network",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(name="candidate", kind=Kind.TEXT, meaning="Company that wants the contract.", required=True),
        Field(name="market", kind=Kind.COUNTRY, meaning="Country.", required=True),
        Field(
            name="region_path",
            kind=Kind.CODE,
            meaning="Region hierarchy, top first.",
            required=True,
            max_length=80,
        ),
        Field(name="city", kind=Kind.TEXT, meaning="City.", required=True),
        Field(name="brands", kind=Kind.TEXT, meaning="Brands it is to sell or serve.", required=True),
        Field(
            name="roles",
            kind=Kind.LINES,
            meaning="What it is to be.",
            required=True,
            lines=(
                Field(
                    name="role",
                    kind=Kind.CHOICE,
                    meaning="Role.",
                    required=True,
                    choices=("dealer", "experience_store", "service_provider", "repair_point"),
                ),
            ),
        ),
        Field(
            name="checklist",
            kind=Kind.LINES,
            meaning="Conditions and whether they are met.",
            lines=(
                Field(name="item", kind=Kind.CODE, meaning="Condition; the list is data.", required=True),
                Field(name="is_met", kind=Kind.BOOLEAN, meaning="Whether it is met.", required=True),
                Field(name="evidence", kind=Kind.TEXT, meaning="What proves it."),
            ),
        ),
        Field(name="outlet_code", kind=Kind.CODE, meaning="Outlet it became.", ref="outlet"),
        Field(name="surveyed_date", kind=Kind.DATE, meaning="Day of the survey."),
        Field(name="admitted_date", kind=Kind.DATE, meaning="Day of the contract."),
        Field(name="closed_date", kind=Kind.DATE, meaning="Last day of business."),
        Field(name="reason", kind=Kind.TEXT, meaning="Why it was suspended or leaves."),
    ),
    states=(
        "prospect",
        "surveyed",
        "admitted",
        "operating",
        "suspended",
        "exit_requested",
        "settling",
        "closed",
    ),
    opens_in=("prospect", "operating"),
    moves=(
        Move("survey", ("prospect",), "surveyed", by=NETWORK, needs=("surveyed_date", "checklist")),
        Move(
            "admit",
            ("surveyed",),
            "admitted",
            by=OEM,
            needs=("admitted_date",),
            takes=("checklist",),
            not_by="created_by",
        ),
        Move("operate", ("admitted", "suspended"), "operating", by=OEM, needs=("outlet_code",)),
        Move("suspend", ("operating",), "suspended", by=OEM, needs=("reason",)),
        Move("request_exit", ("operating", "suspended"), "exit_requested", by=NETWORK, needs=("reason",)),
        Move("settle", ("exit_requested",), "settling", by=FINANCE, takes=("checklist",)),
        Move("close", ("settling",), "closed", by=OEM, needs=("closed_date", "outlet_code")),
    ),
    open_by=NETWORK,
    read_by=NETWORK | FINANCE,
    amend_in=("prospect", "surveyed", "admitted"),
    plural="outlet_lifecycles",
    region="region_path",
    follows=(
        Moves(
            into=("suspended",),
            of="outlet",
            match=(("outlet_code", Own("outlet_code")),),
            move="suspend",
            optional=True,
        ),
        Moves(
            into=("operating",),
            of="outlet",
            match=(("outlet_code", Own("outlet_code")),),
            move="resume",
            optional=True,
        ),
        Moves(
            into=("closed",),
            of="outlet",
            match=(("outlet_code", Own("outlet_code")),),
            move="close",
            sets=(("closed_date", Own("closed_date")),),
        ),
    ),
)
