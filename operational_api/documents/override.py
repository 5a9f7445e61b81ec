"""What stands on a document whose author set a check aside: a reason from a closed list, and his words."""

from operational_api.document import Field, Kind


def override(check: str, *reasons: str) -> tuple[Field, Field]:
    """`<check>_override_reason` and `_note`; both are needed to lift the check."""
    shown = check.replace("_", " ")
    return (
        Field(
            name=f"{check}_override_reason",
            kind=Kind.CHOICE,
            meaning=f"Why the {shown} check is set aside.",
            choices=reasons,
        ),
        Field(name=f"{check}_override_note", kind=Kind.TEXT, meaning=f"The {shown} case in words."),
    )


# First in, first out: the oldest of identical cars is sold first.
FIFO = override("fifo", "customer_choice", "demo_car", "display_car", "promised_elsewhere", "other")
