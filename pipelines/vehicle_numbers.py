"""Step 5, fit: every car's number read as far as the standards go, for the warehouse.

In: `dim_vehicle`. Out: `engine.vehicle_decode`, one row per vin. The rules are those of the door
(`operational_api/wmi.py`); a number that came in before them is read all the same and its check is told.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from operational_api.vin import check_digit
from operational_api.wmi import Regime, decode
from pipelines.forecast import Tables

_TEXT = pl.String()
SCHEMAS: dict[str, pl.Schema] = {
    "vehicle_decode": pl.Schema(
        {
            **dict.fromkeys(("vin", "wmi", "wmi_country", "maker", "small_maker"), _TEXT),
            **dict.fromkeys(("check_regime", "check_state", "plant_code", "serial"), _TEXT),
            "model_year": pl.Int64(),
        }
    )
}


def decode_vehicles(vehicles: pl.DataFrame, as_of: date) -> Tables:
    """vehicles: vin, production_date (null: not known)."""
    known = vehicles.select("vin", "production_date").sort("vin")
    rows = [_row(vin, built or as_of) for vin, built in known.iter_rows()]
    return Tables({"vehicle_decode": pl.DataFrame(rows, schema=SCHEMAS["vehicle_decode"], orient="row")})


def _row(vin: str, built: date) -> tuple[object, ...]:
    read = decode(vin, latest=built)
    fits = "fits" if check_digit(vin) == vin[8] else "does_not_fit"
    state = "not_used" if read.regime is Regime.NOT_USED else fits
    return (
        vin, read.wmi, read.country, read.maker, read.small_maker, read.regime.value, state,
        read.plant_code, read.serial, read.model_year,
    )  # fmt: skip
