"""Vehicle: one car, known by its VIN (ISO 3779), from the factory to the scrap yard.

Who owns it stands with the deliveries, not here: a car carries no person.
"""

from operational_api.document import DEALER, EVERYONE, Document, Field, Grant, Kind, Move, NotBefore, Tenancy

FACTORY = frozenset({Grant.OEM_PLANNER})

VEHICLE = Document(
    name="vehicle",
    meaning="One built car.",
    key="vin",
    key_kind=Kind.VIN,
    area="vehicle",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(name="product_id", kind=Kind.CODE, meaning="What was built.", required=True, ref="product"),
        Field(name="engine_no", kind=Kind.CODE, meaning="Engine or motor number."),
        Field(name="plant", kind=Kind.CODE, meaning="Plant that built it."),
        Field(name="production_date", kind=Kind.DATE, meaning="Day it left the line.", required=True),
        Field(
            name="holder_outlet_code",
            kind=Kind.CODE,
            meaning="Outlet in whose stock it stands; empty at the maker, on its way and at its owner.",
            ref="outlet",
            hidden_from=DEALER,
        ),
        Field(name="warranty_start_date", kind=Kind.DATE, meaning="First day of warranty."),
        Field(name="registration_date", kind=Kind.DATE, meaning="Day of first registration."),
        Field(
            name="usage",
            kind=Kind.CHOICE,
            meaning="What it is kept for.",
            choices=("stock", "demo", "test_drive", "fleet"),
        ),
    ),
    states=("built", "wholesaled", "retailed", "scrapped"),
    opens_in=("built", "wholesaled", "retailed"),
    moves=(
        Move("wholesale", ("built",), "wholesaled", by=FACTORY),
        Move(
            "retail",
            ("wholesaled",),
            "retailed",
            by=DEALER,
            takes=("registration_date", "warranty_start_date"),
        ),
        Move(
            "take_back",
            ("retailed",),
            "wholesaled",
            by=frozenset({Grant.DEALER_MANAGER}),
            takes=("warranty_start_date",),
        ),
        Move("scrap", ("built", "wholesaled", "retailed"), "scrapped", by=FACTORY),
    ),
    open_by=FACTORY,
    read_by=EVERYONE,
    amend_in=("built", "wholesaled", "retailed"),
    rules=(NotBefore("registration_date", "production_date"),),
    happened="production_date",
    index=(("holder_outlet_code", "product_id"),),
)
