"""Customer record: a person or company as one outlet wrote it down; not yet the golden customer."""

from operational_api.document import DEALER, Document, Field, Grant, Kind, Move

READERS = DEALER | {Grant.REGIONAL_MANAGER, Grant.OEM_PLANNER, Grant.OEM_QUALITY}

CUSTOMER_RECORD = Document(
    name="customer_record",
    meaning="A person or company as one source wrote it down.",
    key="customer_id",
    named_by=("given_name", "family_name", "company_name"),
    area="customer",
    fields=(
        Field(
            name="customer_type",
            kind=Kind.CHOICE,
            meaning="Natural person or company.",
            choices=("person", "company"),
            required=True,
        ),
        Field(name="given_name", kind=Kind.TEXT, meaning="Given name.", personal=True),
        Field(
            name="family_name",
            kind=Kind.TEXT,
            meaning="Family name; Spanish double surnames in full.",
            personal=True,
        ),
        Field(name="company_name", kind=Kind.TEXT, meaning="Registered name of a company.", personal=True),
        Field(name="phone", kind=Kind.PHONE, meaning="Phone as given.", personal=True),
        Field(name="email", kind=Kind.EMAIL, meaning="E-mail as given.", personal=True),
        Field(name="address_line", kind=Kind.TEXT, meaning="Street and number.", personal=True),
        Field(name="postcode", kind=Kind.TEXT, meaning="Postcode.", personal=True, max_length=20),
        Field(name="city", kind=Kind.TEXT, meaning="City.", personal=True),
        Field(name="country", kind=Kind.COUNTRY, meaning="Country of the address."),
        Field(
            name="national_id", kind=Kind.TEXT, meaning="National or tax id.", personal=True, max_length=40
        ),
        Field(name="birth_date", kind=Kind.DATE, meaning="Day of birth.", personal=True),
        Field(
            name="anniversary_date", kind=Kind.DATE, meaning="Wedding or company anniversary.", personal=True
        ),
        Field(
            name="income_band",
            kind=Kind.CHOICE,
            meaning="Income band the customer named.",
            choices=("low", "middle", "upper", "high"),
            personal=True,
        ),
        Field(name="hobby", kind=Kind.TEXT, meaning="Hobby the customer named.", personal=True),
        Field(
            name="language", kind=Kind.TEXT, meaning="BCP-47 tag of the preferred language.", max_length=12
        ),
        Field(
            name="kept_apart_reason",
            kind=Kind.TEXT,
            meaning="Why it was opened although a similar record was shown.",
            personal=True,
            max_length=200,
        ),
        Field(name="source", kind=Kind.CODE, meaning="Where the record came from.", required=True),
    ),
    states=("active", "inactive", "erased"),
    moves=(
        Move("deactivate", ("active",), "inactive", by=DEALER),
        Move("reactivate", ("inactive",), "active", by=DEALER),
        Move("erase", ("active", "inactive"), "erased", by=frozenset({Grant.DEALER_MANAGER}), erases=True),
    ),
    open_by=DEALER,
    read_by=READERS,
    amend_in=("active",),
)
