"""Enquiry: somebody asks about a car, a dealer, a campaign; the call centre or a dealer answers (C31)."""

from operational_api.document import DEALER, Document
from operational_api.documents.complaint import (
    CARE,
    CASE_FIELDS,
    CASE_MOVES,
    CASE_RULES,
    CASE_STATES,
    READERS,
)

ENQUIRY = Document(
    name="enquiry",
    meaning="One question of one customer or caller.",
    key="enquiry_id",
    area="customer",
    fields=CASE_FIELDS,
    states=CASE_STATES,
    moves=CASE_MOVES,
    open_by=DEALER | CARE,
    read_by=READERS,
    amend_in=("new", "assigned", "handling"),
    rules=CASE_RULES,
    happened="received_at",
)
