"""Every document type, in an order in which a type comes after the types it refers to.

To add one: write its module here, add it to `DOCUMENTS`, make a migration. Nothing else.
"""

from operational_api.consequence import Forbids, Moves, Needs, Opens
from operational_api.document import HEADER, DeclarationError, Document
from operational_api.documents.allocation_rule import ALLOCATION_RULE
from operational_api.documents.approval import APPROVAL
from operational_api.documents.approval_rule import APPROVAL_RULE, APPROVED
from operational_api.documents.article import ARTICLE
from operational_api.documents.attachment import ATTACHMENT
from operational_api.documents.backorder_line import BACKORDER_LINE
from operational_api.documents.blacklist_entry import BLACKLIST_ENTRY
from operational_api.documents.bulletin import BULLETIN
from operational_api.documents.bulletin_receipt import BULLETIN_RECEIPT
from operational_api.documents.call_off import CALL_OFF
from operational_api.documents.campaign import CAMPAIGN
from operational_api.documents.campaign_execution import CAMPAIGN_EXECUTION
from operational_api.documents.campaign_expense import CAMPAIGN_EXPENSE
from operational_api.documents.campaign_vin import CAMPAIGN_VIN
from operational_api.documents.complaint import COMPLAINT
from operational_api.documents.consent import CONSENT
from operational_api.documents.contact_refusal import CONTACT_REFUSAL
from operational_api.documents.contact_rule import CONTACT_RULE
from operational_api.documents.contact_task import CONTACT_TASK
from operational_api.documents.credit_line import CREDIT_LINE
from operational_api.documents.customer_assignment import CUSTOMER_ASSIGNMENT
from operational_api.documents.customer_grade_rule import CUSTOMER_GRADE_RULE
from operational_api.documents.customer_record import CUSTOMER_RECORD
from operational_api.documents.dealer_plan import DEALER_PLAN
from operational_api.documents.delegation import DELEGATION
from operational_api.documents.discount_request import DISCOUNT_REQUEST
from operational_api.documents.dispatch_permit import DISPATCH_PERMIT
from operational_api.documents.enquiry import ENQUIRY
from operational_api.documents.feedback import FEEDBACK
from operational_api.documents.field_rule import FIELD_RULE
from operational_api.documents.file_load import FILE_LOAD
from operational_api.documents.financing_contract import FINANCING_CONTRACT
from operational_api.documents.forecast_override import FORECAST_OVERRIDE
from operational_api.documents.freight_settlement import FREIGHT_SETTLEMENT
from operational_api.documents.fund_account import FUND_ACCOUNT
from operational_api.documents.fund_entry import FUND_ENTRY
from operational_api.documents.fund_transfer import FUND_TRANSFER
from operational_api.documents.grade_override import GRADE_OVERRIDE
from operational_api.documents.identity_decision import IDENTITY_DECISION
from operational_api.documents.identity_rule import IDENTITY_RULE
from operational_api.documents.key_account_filing import KEY_ACCOUNT_FILING
from operational_api.documents.labor_clocking import LABOR_CLOCKING
from operational_api.documents.labor_operation import LABOR_OPERATION
from operational_api.documents.labor_rate import LABOR_RATE
from operational_api.documents.launch_plan import LAUNCH_PLAN
from operational_api.documents.lead import LEAD
from operational_api.documents.lead_level import LEAD_LEVEL
from operational_api.documents.lost_sale_request import LOST_SALE_REQUEST
from operational_api.documents.membership import MEMBERSHIP
from operational_api.documents.monitored_placement import MONITORED_PLACEMENT
from operational_api.documents.order_terms import ORDER_TERMS
from operational_api.documents.outlet import OUTLET
from operational_api.documents.outlet_lifecycle import OUTLET_LIFECYCLE
from operational_api.documents.ownership_transfer import OWNERSHIP_TRANSFER
from operational_api.documents.part import PART
from operational_api.documents.part_demand import PART_DEMAND
from operational_api.documents.part_launch_plan import PART_LAUNCH_PLAN
from operational_api.documents.part_loan import PART_LOAN
from operational_api.documents.part_price import PART_PRICE
from operational_api.documents.part_relation import PART_RELATION
from operational_api.documents.parts_order import PARTS_ORDER
from operational_api.documents.parts_plan import PARTS_PLAN
from operational_api.documents.parts_return import PARTS_RETURN
from operational_api.documents.parts_shipment import PARTS_SHIPMENT
from operational_api.documents.parts_stock_move import PARTS_STOCK_MOVE
from operational_api.documents.parts_target import PARTS_TARGET
from operational_api.documents.parts_transfer import PARTS_TRANSFER
from operational_api.documents.payment_allocation import PAYMENT_ALLOCATION
from operational_api.documents.payment_receipt import PAYMENT_RECEIPT
from operational_api.documents.plan_exception import PLAN_EXCEPTION
from operational_api.documents.plan_scenario import PLAN_SCENARIO
from operational_api.documents.plan_signature import PLAN_SIGNATURE
from operational_api.documents.plan_signoff_rule import PLAN_SIGNOFF_RULE
from operational_api.documents.pre_authorisation import PRE_AUTHORISATION
from operational_api.documents.price_band import PRICE_BAND, PRICED
from operational_api.documents.price_list import PRICE_LIST
from operational_api.documents.product import PRODUCT
from operational_api.documents.qc_check import QC_CHECK
from operational_api.documents.quarantine_row import QUARANTINE_ROW
from operational_api.documents.quotation import QUOTATION
from operational_api.documents.rebate_payout import REBATE_PAYOUT
from operational_api.documents.rebate_policy import REBATE_POLICY
from operational_api.documents.rebate_run import REBATE_RUN
from operational_api.documents.repair_order import REPAIR_ORDER
from operational_api.documents.replenishment_policy import REPLENISHMENT_POLICY
from operational_api.documents.retail_delivery import RETAIL_DELIVERY
from operational_api.documents.retail_order import RETAIL_ORDER
from operational_api.documents.retention_rule import RETENTION_RULE
from operational_api.documents.returned_part import RETURNED_PART
from operational_api.documents.reward_penalty import REWARD_PENALTY
from operational_api.documents.roadside_case import ROADSIDE_CASE
from operational_api.documents.sales_outlier import SALES_OUTLIER
from operational_api.documents.sales_target import SALES_TARGET
from operational_api.documents.service_action import SERVICE_ACTION
from operational_api.documents.service_appointment import SERVICE_APPOINTMENT
from operational_api.documents.service_contract import SERVICE_CONTRACT
from operational_api.documents.settlement import SETTLEMENT
from operational_api.documents.shipment import SHIPMENT
from operational_api.documents.source_trust import SOURCE_TRUST
from operational_api.documents.staff import STAFF
from operational_api.documents.staff_assignment import STAFF_ASSIGNMENT
from operational_api.documents.stock_ahead import STOCK_AHEAD
from operational_api.documents.stock_count import STOCK_COUNT
from operational_api.documents.stock_group import STOCK_GROUP
from operational_api.documents.stock_limit import STOCK_LIMIT
from operational_api.documents.suggestion_decision import SUGGESTION_DECISION
from operational_api.documents.survey_response import SURVEY_RESPONSE
from operational_api.documents.test_drive import TEST_DRIVE
from operational_api.documents.three_guarantees_rule import THREE_GUARANTEES_RULE
from operational_api.documents.trade_in_appraisal import TRADE_IN_APPRAISAL
from operational_api.documents.traffic_visit import TRAFFIC_VISIT
from operational_api.documents.training_result import TRAINING_RESULT
from operational_api.documents.value_added_sale import VALUE_ADDED_SALE
from operational_api.documents.vehicle import VEHICLE
from operational_api.documents.vehicle_certificate import VEHICLE_CERTIFICATE
from operational_api.documents.vehicle_cost import VEHICLE_COST
from operational_api.documents.vehicle_lock import VEHICLE_LOCK
from operational_api.documents.vehicle_order import VEHICLE_ORDER
from operational_api.documents.vehicle_ownership import VEHICLE_OWNERSHIP
from operational_api.documents.vehicle_return import VEHICLE_RETURN
from operational_api.documents.vehicle_stock_move import VEHICLE_STOCK_MOVE
from operational_api.documents.vehicle_transfer import VEHICLE_TRANSFER
from operational_api.documents.warranty_claim import WARRANTY_CLAIM
from operational_api.documents.warranty_rule import WARRANTY_RULE

DOCUMENTS: tuple[Document, ...] = (
    OUTLET,
    OUTLET_LIFECYCLE,
    STAFF,
    STAFF_ASSIGNMENT,
    TRAINING_RESULT,
    REWARD_PENALTY,
    PRODUCT,
    VEHICLE,
    APPROVAL_RULE,
    FIELD_RULE,
    RETENTION_RULE,
    APPROVAL,
    DELEGATION,
    FUND_ACCOUNT,
    FUND_ENTRY,
    CREDIT_LINE,
    PAYMENT_RECEIPT,
    FUND_TRANSFER,
    CUSTOMER_RECORD,
    IDENTITY_DECISION,
    IDENTITY_RULE,
    SOURCE_TRUST,
    CUSTOMER_GRADE_RULE,
    GRADE_OVERRIDE,
    CUSTOMER_ASSIGNMENT,
    MEMBERSHIP,
    COMPLAINT,
    ENQUIRY,
    KEY_ACCOUNT_FILING,
    CAMPAIGN,
    CAMPAIGN_EXPENSE,
    CAMPAIGN_EXECUTION,
    SURVEY_RESPONSE,
    CONSENT,
    BLACKLIST_ENTRY,
    CONTACT_REFUSAL,
    LEAD_LEVEL,
    CONTACT_RULE,
    LEAD,
    CONTACT_TASK,
    LOST_SALE_REQUEST,
    TRADE_IN_APPRAISAL,
    TRAFFIC_VISIT,
    TEST_DRIVE,
    PRICE_LIST,
    VEHICLE_COST,
    PRICE_BAND,
    QUOTATION,
    RETAIL_ORDER,
    VEHICLE_ORDER,
    DISPATCH_PERMIT,
    SHIPMENT,
    VEHICLE_STOCK_MOVE,
    VEHICLE_LOCK,
    VEHICLE_CERTIFICATE,
    MONITORED_PLACEMENT,
    VEHICLE_TRANSFER,
    RETAIL_DELIVERY,
    VEHICLE_RETURN,
    VEHICLE_OWNERSHIP,
    OWNERSHIP_TRANSFER,
    VALUE_ADDED_SALE,
    SALES_TARGET,
    SALES_OUTLIER,
    DEALER_PLAN,
    CALL_OFF,
    PART,
    PART_RELATION,
    PART_PRICE,
    SERVICE_APPOINTMENT,
    SERVICE_CONTRACT,
    SERVICE_ACTION,
    CAMPAIGN_VIN,
    LABOR_OPERATION,
    LABOR_RATE,
    THREE_GUARANTEES_RULE,
    REPAIR_ORDER,
    LABOR_CLOCKING,
    QC_CHECK,
    ROADSIDE_CASE,
    PART_DEMAND,
    PARTS_ORDER,
    BACKORDER_LINE,
    PARTS_SHIPMENT,
    PARTS_STOCK_MOVE,
    STOCK_COUNT,
    PARTS_RETURN,
    REPLENISHMENT_POLICY,
    ORDER_TERMS,
    STOCK_LIMIT,
    STOCK_GROUP,
    ALLOCATION_RULE,
    PART_LOAN,
    PARTS_TRANSFER,
    PRE_AUTHORISATION,
    WARRANTY_RULE,
    WARRANTY_CLAIM,
    RETURNED_PART,
    PAYMENT_ALLOCATION,
    FINANCING_CONTRACT,
    REBATE_POLICY,
    REBATE_RUN,
    REBATE_PAYOUT,
    FREIGHT_SETTLEMENT,
    SETTLEMENT,
    DISCOUNT_REQUEST,
    FORECAST_OVERRIDE,
    PLAN_EXCEPTION,
    STOCK_AHEAD,
    PLAN_SCENARIO,
    PLAN_SIGNOFF_RULE,
    PLAN_SIGNATURE,
    LAUNCH_PLAN,
    PART_LAUNCH_PLAN,
    PARTS_TARGET,
    PARTS_PLAN,
    SUGGESTION_DECISION,
    ARTICLE,
    BULLETIN,
    BULLETIN_RECEIPT,
    FEEDBACK,
    ATTACHMENT,
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
    if {d.name for d in DOCUMENTS if d.approval} != set(APPROVED):
        raise DeclarationError("approval_rule lists other types than those that declare an approval")

    if {d.name for d in DOCUMENTS if d.priced} != set(PRICED):
        raise DeclarationError("price_band lists other types than those whose price is judged")


def _check_consequences() -> None:
    for document in DOCUMENTS:
        for c in document.follows:
            if isinstance(c, Needs | Forbids | Moves):
                _check_match(document, c)
            if isinstance(c, Moves):
                _check_move(document, c)
            if isinstance(c, Opens):
                _check_opening(document, c)


def _check_match(document: Document, c: Needs | Forbids | Moves) -> None:
    target = BY_NAME[c.of]
    for name, _ in c.match:
        _insist(_is_field(target, name), document, c.of, f"has no {name}")
    if not isinstance(c, Moves):
        _insist(set(c.states) <= set(target.states), document, c.of, "has no such state")


def _is_field(document: Document, name: str) -> bool:
    """Whether the type has the field; a dotted name goes on in the type it refers to."""
    first, _, beyond = name.partition(".")
    if not beyond:
        return name in {document.key, *HEADER, *document.by_name}
    ref = document.by_name[first].ref if first in document.by_name else None
    return ref is not None and _is_field(BY_NAME[ref], beyond)


def _check_move(document: Document, c: Moves) -> None:
    target, given = BY_NAME[c.of], {name for name, _ in c.sets}
    _insist(given <= set(target.by_name), document, c.of, "is set a field it has not")
    _insist(not any(f.personal and f.name in given for f in target.fields), document, c.of, "is set a person")
    if c.move == "amend":
        _insist(bool(target.amend_in), document, c.of, "is never amended")
        return
    moves = [m for m in target.moves if m.name == c.move]
    _insist(bool(moves), document, c.of, f"has no move {c.move}")
    required = {f.name for f in target.fields if f.required}
    lacking = {n for m in moves for n in m.needs} - given - required
    _insist(not lacking, document, c.of, f"needs {', '.join(sorted(lacking))} to {c.move}")


def _check_opening(document: Document, c: Opens) -> None:
    target, given = BY_NAME[c.of], {name for name, _ in c.sets}
    required = {f.name for f in target.fields if f.required}
    _insist(required <= given <= set(target.by_name), document, c.of, "is opened without what it requires")
    _insist(c.state is None or c.state in target.opens_in, document, c.of, f"does not open in {c.state}")


def _insist(holds: bool, document: Document, target: str, problem: str) -> None:
    if not holds:
        raise DeclarationError(f"a consequence of {document.name}: {target} {problem}")


_check_references()
_check_consequences()
