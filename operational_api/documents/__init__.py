"""Every document type, in an order in which a type comes after the types it refers to.

To add one: write its module here, add it to `DOCUMENTS`, make a migration. Nothing else.
"""

from operational_api.document import DeclarationError, Document
from operational_api.documents.backorder_line import BACKORDER_LINE
from operational_api.documents.customer_record import CUSTOMER_RECORD
from operational_api.documents.dealer_plan import DEALER_PLAN
from operational_api.documents.file_load import FILE_LOAD
from operational_api.documents.forecast_override import FORECAST_OVERRIDE
from operational_api.documents.lead import LEAD
from operational_api.documents.outlet import OUTLET
from operational_api.documents.part import PART
from operational_api.documents.part_demand import PART_DEMAND
from operational_api.documents.part_price import PART_PRICE
from operational_api.documents.part_relation import PART_RELATION
from operational_api.documents.parts_order import PARTS_ORDER
from operational_api.documents.parts_shipment import PARTS_SHIPMENT
from operational_api.documents.parts_stock_move import PARTS_STOCK_MOVE
from operational_api.documents.product import PRODUCT
from operational_api.documents.quarantine_row import QUARANTINE_ROW
from operational_api.documents.quotation import QUOTATION
from operational_api.documents.repair_order import REPAIR_ORDER
from operational_api.documents.retail_delivery import RETAIL_DELIVERY
from operational_api.documents.retail_order import RETAIL_ORDER
from operational_api.documents.sales_target import SALES_TARGET
from operational_api.documents.service_appointment import SERVICE_APPOINTMENT
from operational_api.documents.shipment import SHIPMENT
from operational_api.documents.staff import STAFF
from operational_api.documents.suggestion_decision import SUGGESTION_DECISION
from operational_api.documents.test_drive import TEST_DRIVE
from operational_api.documents.traffic_visit import TRAFFIC_VISIT
from operational_api.documents.vehicle import VEHICLE
from operational_api.documents.vehicle_order import VEHICLE_ORDER
from operational_api.documents.vehicle_stock_move import VEHICLE_STOCK_MOVE
from operational_api.documents.warranty_claim import WARRANTY_CLAIM

DOCUMENTS: tuple[Document, ...] = (
    OUTLET,
    STAFF,
    PRODUCT,
    VEHICLE,
    CUSTOMER_RECORD,
    LEAD,
    TRAFFIC_VISIT,
    TEST_DRIVE,
    QUOTATION,
    RETAIL_ORDER,
    VEHICLE_ORDER,
    SHIPMENT,
    VEHICLE_STOCK_MOVE,
    RETAIL_DELIVERY,
    SALES_TARGET,
    DEALER_PLAN,
    PART,
    PART_RELATION,
    PART_PRICE,
    SERVICE_APPOINTMENT,
    REPAIR_ORDER,
    PART_DEMAND,
    PARTS_ORDER,
    BACKORDER_LINE,
    PARTS_SHIPMENT,
    PARTS_STOCK_MOVE,
    WARRANTY_CLAIM,
    FORECAST_OVERRIDE,
    SUGGESTION_DECISION,
    FILE_LOAD,
    QUARANTINE_ROW,
)
BY_NAME: dict[str, Document] = {document.name: document for document in DOCUMENTS}


def _check_references() -> None:
    if len(BY_NAME) != len(DOCUMENTS):
        raise DeclarationError("two document types share a name")
    known: set[str] = set()
    for document in DOCUMENTS:
        known.add(document.name)
        for name, target in document.references():
            if target not in known:
                raise DeclarationError(
                    f"{document.name}.{name} refers to {target}, which does not come before it"
                )


_check_references()
