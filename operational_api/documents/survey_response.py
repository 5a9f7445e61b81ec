"""Survey response: what a customer says of a sale, a service, a test drive or a campaign (M12, C37, S28)."""

from operational_api.document import DEALER, Document, Field, Grant, Kind

READERS = DEALER | {Grant.REGIONAL_MANAGER, Grant.OEM_PLANNER, Grant.OEM_QUALITY}

SURVEY_RESPONSE = Document(
    name="survey_response",
    meaning="One answered questionnaire.",
    key="survey_response_id",
    area="marketing",
    fields=(
        Field(
            name="survey_kind",
            kind=Kind.CHOICE,
            meaning="Sales (SSI), service (CSI), test drive or campaign.",
            choices=("ssi", "csi", "test_drive", "campaign"),
            required=True,
        ),
        Field(name="customer_id", kind=Kind.CODE, meaning="Who answered, when known.", ref="customer_record"),
        Field(
            name="subject_document",
            kind=Kind.CHOICE,
            meaning="Type of the document it is about.",
            choices=("retail_delivery", "repair_order", "test_drive", "campaign"),
            required=True,
        ),
        Field(name="subject_key", kind=Kind.CODE, meaning="Key of that document.", required=True),
        Field(
            name="channel",
            kind=Kind.CODE,
            meaning="How it was asked: phone, e-mail, web, paper.",
            required=True,
        ),
        Field(name="answered_at", kind=Kind.INSTANT, meaning="When it was answered.", required=True),
        Field(
            name="score",
            kind=Kind.INTEGER,
            meaning="Overall satisfaction, 1 to 10.",
            required=True,
            minimum=1,
            maximum=10,
        ),
        Field(
            name="recommend_score",
            kind=Kind.INTEGER,
            meaning="Would recommend us, 0 to 10.",
            minimum=0,
            maximum=10,
        ),
        Field(
            name="answers",
            kind=Kind.LINES,
            meaning="Score by question.",
            lines=(
                Field(name="question", kind=Kind.CODE, meaning="Question.", required=True),
                Field(
                    name="score",
                    kind=Kind.INTEGER,
                    meaning="Score, 0 to 10.",
                    required=True,
                    minimum=0,
                    maximum=10,
                ),
            ),
        ),
        Field(
            name="comment", kind=Kind.TEXT, meaning="In the customer's words.", personal=True, max_length=2000
        ),
    ),
    states=("received",),
    open_by=DEALER | {Grant.OEM_QUALITY, Grant.OEM_PLANNER},
    read_by=READERS,
    happened="answered_at",
    index=(("subject_document", "subject_key"),),
)
