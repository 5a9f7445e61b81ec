"""Campaign execution: what was done on a day, with attendance and proof (M03)."""

from operational_api.consequence import Needs, Own
from operational_api.document import Document, Field, Grant, Kind

SALES = frozenset({Grant.CONSULTANT, Grant.DEALER_MANAGER})

CAMPAIGN_EXECUTION = Document(
    name="campaign_execution",
    meaning="One day of one campaign at one place.",
    key="campaign_execution_id",
    area="marketing",
    fields=(
        Field(name="campaign_id", kind=Kind.CODE, meaning="Campaign.", required=True, ref="campaign"),
        Field(name="held_date", kind=Kind.DATE, meaning="Day.", required=True),
        Field(name="place", kind=Kind.TEXT, meaning="Where.", required=True),
        Field(
            name="attendance",
            kind=Kind.INTEGER,
            meaning="Persons who came.",
            required=True,
            minimum=0,
            maximum=10_000_000,
            unit="persons",
        ),
        Field(name="evidence", kind=Kind.CODE, meaning="Picture or list that proves it: an attachment."),
        Field(name="remark", kind=Kind.TEXT, meaning="What is worth knowing next time.", max_length=1000),
    ),
    states=("done",),
    open_by=SALES,
    read_by=SALES | {Grant.OEM_PLANNER, Grant.REGIONAL_MANAGER},
    amend_in=("done",),
    happened="held_date",
    index=(("campaign_id",),),
    follows=(
        Needs(
            into=("done",),
            of="campaign",
            match=(("campaign_id", Own("campaign_id")),),
            states=("running", "closed"),
            rule="the campaign does not run",
            remedy="start it first",
        ),
    ),
)
