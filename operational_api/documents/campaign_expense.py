"""Campaign expense: claimed against the plan, approved, written off (M02, R03)."""

from operational_api.consequence import Needs, Own
from operational_api.document import AtMost, Document, Field, Grant, Kind, Move
from operational_api.effect import Approval

MANAGER = frozenset({Grant.DEALER_MANAGER})
OEM = frozenset({Grant.OEM_PLANNER})
FINANCE = frozenset({Grant.OEM_FINANCE})

CAMPAIGN_EXPENSE = Document(
    name="campaign_expense",
    meaning="One bill of one campaign.",
    key="campaign_expense_id",
    area="marketing",
    fields=(
        Field(
            name="campaign_id", kind=Kind.CODE, meaning="Campaign it was for.", required=True, ref="campaign"
        ),
        Field(
            name="category",
            kind=Kind.CHOICE,
            meaning="What was bought.",
            required=True,
            choices=("media", "venue", "material", "gift", "staff", "agency", "other"),
        ),
        Field(name="spent_date", kind=Kind.DATE, meaning="Day of the bill.", required=True),
        Field(
            name="amount_minor",
            kind=Kind.MONEY,
            meaning="Amount claimed.",
            required=True,
            minimum=1,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the bill.", required=True),
        Field(name="fund_type", kind=Kind.CODE, meaning="Fund it is claimed from.", required=True),
        Field(
            name="evidence",
            kind=Kind.CODE,
            meaning="Bill or picture that proves it: an attachment.",
            required=True,
        ),
        Field(
            name="approved_minor", kind=Kind.MONEY, meaning="Amount granted.", minimum=0, unit="minor units"
        ),
        Field(name="voucher_no", kind=Kind.CODE, meaning="Voucher it was written off with."),
        Field(name="reject_reason", kind=Kind.TEXT, meaning="Why it was rejected."),
    ),
    states=("claimed", "approved", "rejected", "written_off"),
    moves=(
        Move("approve", ("claimed",), "approved", by=OEM, needs=("approved_minor",), not_by="created_by"),
        Move("reject", ("claimed",), "rejected", by=OEM, needs=("reject_reason",)),
        Move(
            "write_off", ("approved",), "written_off", by=FINANCE, needs=("voucher_no",), not_by="updated_by"
        ),
    ),
    approval=Approval(move="approve", amount="amount_minor", otherwise="reject", reason="reject_reason"),
    open_by=MANAGER | OEM,
    read_by=MANAGER | OEM | FINANCE | {Grant.REGIONAL_MANAGER},
    amend_in=("claimed",),
    rules=(AtMost(("approved_minor",), "amount_minor"),),
    happened="spent_date",
    index=(("campaign_id",),),
    follows=(
        Needs(
            into=("claimed",),
            of="campaign",
            match=(("campaign_id", Own("campaign_id")),),
            states=("approved", "running", "closed"),
            rule="the campaign is not approved, or settled already",
            remedy="have the campaign approved first",
        ),
    ),
)
