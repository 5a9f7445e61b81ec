"""Consent: what a person allowed or refused, for one purpose over one channel, with its proof.

A ledger: a new answer is a new document, and the latest one counts. Withdrawing is one move without a form.
"""

from operational_api.document import DEALER, Document, Field, Grant, Kind, Move

CHANNELS = ("phone", "sms", "email", "post", "messenger", "app")
READERS = DEALER | {Grant.REGIONAL_MANAGER, Grant.OEM_PLANNER, Grant.OEM_QUALITY}

CONSENT = Document(
    name="consent",
    meaning="What a person allowed or refused, for one purpose over one channel.",
    key="consent_id",
    area="customer",
    fields=(
        Field(name="customer_id", kind=Kind.CODE, meaning="Person.", required=True, ref="customer_record"),
        Field(
            name="purpose",
            kind=Kind.CHOICE,
            meaning="What the person is contacted for; safety recalls need no permission.",
            choices=("contract", "service_marketing", "marketing"),
            required=True,
        ),
        Field(name="channel", kind=Kind.CHOICE, meaning="How.", choices=CHANNELS, required=True),
        Field(
            name="basis",
            kind=Kind.CHOICE,
            meaning="Legal basis.",
            choices=("consent", "legitimate_interest", "contract"),
            required=True,
        ),
        Field(name="given_at", kind=Kind.INSTANT, meaning="When the person answered.", required=True),
        Field(
            name="text_version", kind=Kind.CODE, meaning="Version of the text shown or read.", required=True
        ),
        Field(
            name="proof",
            kind=Kind.TEXT,
            meaning="What shows it: form, recording or message, and where it is kept.",
            required=True,
            personal=True,
            max_length=500,
        ),
        Field(name="proof_sha256", kind=Kind.CODE, meaning="Fingerprint of the kept file."),
        Field(name="expires_date", kind=Kind.DATE, meaning="Last day it holds; open when missing."),
        Field(name="withdrawn_at", kind=Kind.INSTANT, meaning="When the person took it back."),
        Field(
            name="withdrawal_proof",
            kind=Kind.TEXT,
            meaning="How the person took it back.",
            personal=True,
            max_length=500,
        ),
    ),
    states=("given", "refused", "withdrawn"),
    moves=(Move("withdraw", ("given",), "withdrawn", by=DEALER, takes=("withdrawn_at", "withdrawal_proof")),),
    opens_in=("given", "refused"),
    open_by=DEALER,
    read_by=READERS,
    happened="given_at",
    index=(("customer_id",),),
)
