"""Cars on file that may have been meant when a VIN names none: one character apart, offered and never taken.

Asked only after a refusal, so a write that succeeds pays nothing for it.
"""

from __future__ import annotations

import msgspec

from operational_api.database import Pool
from operational_api.document import Document
from operational_api.refusals import FieldError, Invalid
from operational_api.vin import LENGTH, MOST_REPAIRS, neighbours

_ON_FILE = "select array(select vin from doc.vehicle where vin = any($1) order by vin limit $2)"


async def offering_vins(pool: Pool, document: Document, data: object, refused: Invalid) -> Invalid:
    """The refusal, with what is on file beside each reference to a car that is not."""
    of_cars = {name for name, target in document.references() if target == "vehicle"}
    errors = [
        await _offering(pool, error, getattr(data, error.field, None)) if error.field in of_cars else error
        for error in refused.errors
    ]
    return type(refused)(refused.detail, errors)


async def _offering(pool: Pool, error: FieldError, vin: object) -> FieldError:
    if error.suggestions or not isinstance(vin, str) or len(vin) != LENGTH:
        return error
    near = tuple(await pool.fetchval(_ON_FILE, neighbours(vin), MOST_REPAIRS))
    if not near:
        return error
    remedy = f"{error.remedy}. On file one character apart: {', '.join(near)}"
    return msgspec.structs.replace(error, remedy=remedy, suggestions=near)
