"""Order terms: when an outlet may order, what freight costs, what money there is, what may go back (P08)."""

from operational_api.document import Field, Grant, Kind
from operational_api.documents.rule import rule

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _money(name: str, meaning: str) -> Field:
    return Field(name=name, kind=Kind.MONEY, meaning=meaning, minimum=0, unit="minor units")


def _days(name: str, meaning: str) -> Field:
    return Field(name=name, kind=Kind.INTEGER, meaning=meaning, minimum=0, maximum=3_650, unit="days")


ORDER_TERMS = rule(
    name="order_terms",
    plural="order_terms",
    meaning="Order days, cut-off, freight, budget and returns between one outlet and one supplier.",
    area="parts",
    by=frozenset({Grant.OEM_PLANNER, Grant.OEM_FINANCE}),
    fields=(
        Field(
            name="outlet_code",
            kind=Kind.CODE,
            meaning="Outlet that orders; empty: every outlet of the supplier.",
            ref="outlet",
        ),
        Field(
            name="supplier_outlet_code",
            kind=Kind.CODE,
            meaning="Warehouse ordered from.",
            required=True,
            ref="outlet",
        ),
        Field(
            name="slots",
            kind=Kind.LINES,
            meaning="Days on which stock orders leave; none: any day.",
            lines=(
                Field(
                    name="weekday",
                    kind=Kind.CHOICE,
                    meaning="Day of the week.",
                    choices=WEEKDAYS,
                    required=True,
                ),
                Field(
                    name="cut_off_minute",
                    kind=Kind.INTEGER,
                    meaning="Last minute of that day, from midnight on the outlet's clock.",
                    required=True,
                    minimum=0,
                    maximum=1_439,
                    unit="minutes",
                ),
            ),
        ),
        _money("urgent_freight_minor", "Freight of one urgent order line."),
        _days("urgent_lead_time_days", "Days from an urgent order to its receipt."),
        _money("waiting_cost_minor", "What a customer's waiting for one unit costs in a day."),
        _money("minimum_order_minor", "Least value of one stock order."),
        _money("budget_minor", "Money for stock orders in one month."),
        _money("transfer_freight_minor", "Freight of one line from another outlet of the supplier."),
        _days("transfer_days", "Days that such a line takes."),
        Field(
            name="return_allowance_permille",
            kind=Kind.INTEGER,
            meaning="Units of money of a thousand bought in a year that may go back.",
            minimum=0,
            maximum=1_000,
            unit="per mille",
        ),
        _days("protection_days", "Days after receipt in which a part may go back."),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the amounts.", required=True),
    ),
)
