"""Plan signature: a function of the house stands behind one version of a scenario; the next one voids it."""

from operational_api.consequence import Once
from operational_api.document import Document, Field, Grant, Kind, Move, Tenancy
from operational_api.documents.plan_signoff_rule import FUNCTIONS

SIGNERS = frozenset({Grant.OEM_PLANNER, Grant.OEM_FINANCE, Grant.REGIONAL_MANAGER})

PLAN_SIGNATURE = Document(
    name="plan_signature",
    meaning="One function's signature below one version of a scenario.",
    key="plan_signature_id",
    area="planning",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(
            name="plan_scenario_id",
            kind=Kind.CODE,
            meaning="Scenario that is signed.",
            required=True,
            ref="plan_scenario",
        ),
        Field(
            name="scenario_version",
            kind=Kind.INTEGER,
            meaning="Version of it that was read.",
            required=True,
            minimum=1,
        ),
        Field(
            name="function",
            kind=Kind.CHOICE,
            meaning="Function that signs.",
            choices=FUNCTIONS,
            required=True,
        ),
        Field(name="comment", kind=Kind.TEXT, meaning="What the signer says.", max_length=500),
    ),
    states=("signed", "withdrawn"),
    moves=(Move("withdraw", ("signed",), "withdrawn", by=SIGNERS),),
    open_by=SIGNERS,
    read_by=SIGNERS,
    once=(
        Once(
            fields=("plan_scenario_id", "scenario_version", "function"),
            states=("signed",),
            rule="a function signs a version once",
            remedy="withdraw the signature that is there first",
        ),
    ),
    index=(("plan_scenario_id", "scenario_version"),),
)
