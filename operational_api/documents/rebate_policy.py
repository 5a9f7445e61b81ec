"""Rebate policy: for which result the maker pays how much, in tiers, in a period (F06)."""

from operational_api.document import Document, Field, Grant, Kind, Move, NotBefore, Tenancy

FINANCE = frozenset({Grant.OEM_FINANCE})
MEASURES = ("retail_units", "wholesale_units", "parts_purchases", "target_attainment", "satisfaction")
RATED = ("target_attainment", "satisfaction")  # a rate lies in one tier, so none of it lies in another

REBATE_POLICY = Document(
    name="rebate_policy",
    meaning="A commercial policy. Which measure earns which tier is data; a run calculates it.",
    plural="rebate_policies",
    key="rebate_policy_id",
    named_by=("name",),
    area="finance",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(name="name", kind=Kind.TEXT, meaning="What people call it.", required=True),
        Field(
            name="measure",
            kind=Kind.CHOICE,
            meaning="What is rewarded. target_attainment (per cent of the months' retail targets) and "
            "satisfaction (mean score of sales and service surveys) choose the tier, each car sold is paid.",
            choices=MEASURES,
            required=True,
        ),
        Field(name="market", kind=Kind.COUNTRY, meaning="Market; without one it holds everywhere."),
        Field(name="region_path", kind=Kind.CODE, meaning="Region, when it is for one."),
        Field(name="valid_from_date", kind=Kind.DATE, meaning="First day that counts.", required=True),
        Field(name="valid_to_date", kind=Kind.DATE, meaning="Last day that counts.", required=True),
        Field(
            name="mode",
            kind=Kind.CHOICE,
            meaning="retroactive: the tier reached pays for all; marginal: each tier pays for its part.",
            choices=("retroactive", "marginal"),
            required=True,
        ),
        Field(name="has_clawback", kind=Kind.BOOLEAN, meaning="Whether a reversal takes it back."),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency it pays in.", required=True),
        Field(
            name="tiers",
            kind=Kind.LINES,
            meaning="From which result what is paid.",
            required=True,
            lines=(
                Field(name="from_value", kind=Kind.DECIMAL, meaning="Least result.", required=True),
                Field(
                    name="per_unit_minor",
                    kind=Kind.MONEY,
                    meaning="Paid per unit.",
                    minimum=0,
                    unit="minor units",
                ),
                Field(
                    name="percent",
                    kind=Kind.DECIMAL,
                    meaning="Paid of the amount.",
                    minimum=0,
                    maximum=100,
                    unit="percent",
                ),
            ),
        ),
    ),
    states=("draft", "simulated", "approved", "active", "closed"),
    moves=(
        Move("simulate", ("draft",), "simulated", by=FINANCE),
        Move("redraft", ("simulated",), "draft", by=FINANCE),
        Move("approve", ("simulated",), "approved", by=FINANCE, not_by="created_by"),
        Move("activate", ("approved",), "active", by=FINANCE),
        Move("close", ("active",), "closed", by=FINANCE),
    ),
    open_by=FINANCE,
    read_by=FINANCE | {Grant.OEM_PLANNER, Grant.REGIONAL_MANAGER, Grant.DEALER_MANAGER},
    amend_in=("draft",),
    rules=(NotBefore("valid_to_date", "valid_from_date"),),
)
