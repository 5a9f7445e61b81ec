"""What a check against the price list leaves on the offer that it checked (F07)."""

from operational_api.document import Field, Kind

PRICE_CHECK: tuple[Field, ...] = (
    Field(
        name="list_minor",
        kind=Kind.MONEY,
        meaning="List price in force when it was checked.",
        unit="minor units",
        computed=True,
    ),
    Field(
        name="below_list_percent",
        kind=Kind.DECIMAL,
        meaning="How far below the list it is; above it the figure is negative.",
        unit="percent",
        computed=True,
    ),
    Field(
        name="price_list_id",
        kind=Kind.CODE,
        meaning="Price list it was checked against.",
        ref="price_list",
        computed=True,
    ),
    Field(
        name="price_band_id",
        kind=Kind.CODE,
        meaning="Price band it was checked against.",
        ref="price_band",
        computed=True,
    ),
)
