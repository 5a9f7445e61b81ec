"""Financing contract: a bank pays the maker for a car, and the car's papers are its security (F05)."""

from operational_api.consequence import Moves, Own, Value
from operational_api.document import Document, Field, Kind, Move, NotBefore
from operational_api.documents.fund_account import FINANCE, READERS
from operational_api.effect import Posting

FINANCING_CONTRACT = Document(
    name="financing_contract",
    meaning="One car financed by one bank for one outlet.",
    key="financing_contract_id",
    area="finance",
    fields=(
        Field(name="vin", kind=Kind.VIN, meaning="Car that is pledged.", required=True, ref="vehicle"),
        Field(name="vehicle_order_id", kind=Kind.CODE, meaning="Order it pays.", ref="vehicle_order"),
        Field(
            name="fund_account_id",
            kind=Kind.CODE,
            meaning="Account the bank pays into.",
            required=True,
            ref="fund_account",
        ),
        Field(name="bank", kind=Kind.CODE, meaning="Bank.", required=True),
        Field(name="bank_reference", kind=Kind.CODE, meaning="Number of the contract at the bank."),
        Field(
            name="principal_minor",
            kind=Kind.MONEY,
            meaning="Amount drawn.",
            required=True,
            minimum=1,
            maximum=10**15,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the account.", required=True),
        Field(
            name="rate_percent",
            kind=Kind.DECIMAL,
            meaning="Interest a year.",
            required=True,
            minimum=0,
            maximum=100,
            unit="percent",
        ),
        Field(name="drawn_date", kind=Kind.DATE, meaning="Day the bank paid.", required=True),
        Field(name="due_date", kind=Kind.DATE, meaning="Day it is to be repaid.", required=True),
        Field(name="repaid_date", kind=Kind.DATE, meaning="Day it was repaid."),
    ),
    states=("drawn", "overdue", "repaid"),
    moves=(
        Move("fall_overdue", ("drawn",), "overdue", by=FINANCE),
        Move("repay", ("drawn", "overdue"), "repaid", by=FINANCE, needs=("repaid_date",)),
    ),
    postings=(Posting(into="drawn", entry="draw", amount="principal_minor"),),
    open_by=FINANCE,
    read_by=READERS,
    rules=(NotBefore("due_date", "drawn_date"), NotBefore("repaid_date", "drawn_date")),
    happened="drawn_date",
    index=(("vin",),),
    follows=(
        Moves(
            into=("drawn",),
            of="vehicle_certificate",
            match=(("vin", Own("vin")), ("outlet_id", Own("outlet_id"))),
            move="pledge",
            sets=(("pledge_reference", Own("financing_contract_id")), ("custody", Value("bank"))),
        ),
        # History may have brought the pledge in under another number; then it is released by hand.
        Moves(
            into=("repaid",),
            of="vehicle_certificate",
            match=(("vin", Own("vin")), ("pledge_reference", Own("financing_contract_id"))),
            move="release",
            sets=(("release_reason", Value("financing repaid")), ("custody", Value("dealer"))),
            optional=True,
        ),
    ),
)
