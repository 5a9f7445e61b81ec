"""Commands about what is held: quarantined rows, logins, the audit, persons."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from pipelines.command_options import Json, date_of, pairs
from pipelines.settings import read_settings

quarantine = typer.Typer(help="Rows that broke their contract.", no_args_is_help=True)
account = typer.Typer(help="Who may sign in.", no_args_is_help=True)
audit = typer.Typer(help="What was changed by whom, and that nobody rewrote it.", no_args_is_help=True)
privacy = typer.Typer(help="What is held of a person.", no_args_is_help=True)
Role = Annotated[str, typer.Option(help="dealer_staff, regional_manager, oem_planner, data_engineer, ...")]
Positions = Annotated[
    list[str] | None, typer.Option("--position", help="Of dealer staff: parts, advisor, ...; repeatable.")
]
Outlets = Annotated[list[str] | None, typer.Option("--outlet", help="Outlet it is limited to; repeatable.")]
Region = Annotated[str | None, typer.Option(help="Path of the region it is limited to.")]


@quarantine.command("list")
def quarantine_list(as_json: Json = False) -> None:
    """Rows held back, with field, value, rule and remedy."""
    from pipelines.figures import one_line
    from pipelines.release import held_rows

    for row in held_rows(read_settings()):
        if as_json:
            typer.echo(one_line(row.told()))
            continue
        typer.echo(f"{row.key}  {row.contract}, row {row.row_no} of {row.source_file} ({row.state})")
        typer.echo(f"    {row.field} is {row.value!r}: {row.rule}; {row.remedy}")


@quarantine.command("correct")
def quarantine_correct(
    row: str,
    values: Annotated[list[str], typer.Option("--set", help="field=value; repeatable.")],
) -> None:
    """Note the right values of a row; it is checked again at release."""
    given = pairs(values)
    from pipelines.release import correct

    correct(read_settings(), row, given)
    typer.echo(f"corrected; hand it in with: dms quarantine release {row}")


@quarantine.command("release")
def quarantine_release(row: str) -> None:
    """Hand a corrected row in again, through the same contract; a row of the feed counts as it stands."""
    from pipelines.release import release

    settled = release(read_settings(), row)
    typer.echo(f"released; {settled} broken rules of the row are settled")


@privacy.command("erase")
def privacy_erase(customer: Annotated[str, typer.Argument(help="Key of the customer record.")]) -> None:
    """Erase a person now: documents, stored answers, dead rows, files; the next run takes the rest."""
    from pipelines.database import with_database
    from pipelines.erasure import erase_person
    from pipelines.run import alone

    own = read_settings()
    with alone(own), with_database(own) as settings:
        done = erase_person(settings, customer)
    typer.echo(
        f"erased {customer}: {done.files} files removed, {done.quarantine_rows} quarantine rows and "
        f"{done.snapshot_tables} snapshot tables emptied; start `dms run` to publish without the person"
    )


@privacy.command("retain")
def privacy_retain(
    run: Annotated[
        bool, typer.Option("--run", help="Erase who is due; without it only say who would be.")
    ] = False,
    as_of: Annotated[str | None, typer.Option(help="Day to judge by, YYYY-MM-DD; default: today.")] = None,
    as_json: Json = False,
) -> None:
    """Who is past the time that the retention rules keep a person; erase them with --run."""
    from pipelines.database import with_database
    from pipelines.figures import one_line
    from pipelines.retention import retain
    from pipelines.run import alone

    own, day = read_settings(), date_of(as_of) or datetime.now(UTC).date()
    with alone(own), with_database(own) as settings:
        report = retain(settings, as_of=day, run=run)
    if as_json:
        for row in report.rows:
            typer.echo(one_line(asdict(row)))
        return
    typer.echo(report.describe())
    if report.forgotten.persons:
        typer.echo(f"erased {report.forgotten.persons:,}; start `dms run` to publish without them")


@audit.command("verify")
def audit_verify(
    head: Annotated[str | None, typer.Option(help="A head printed earlier: it must still be there.")] = None,
    as_json: Json = False,
) -> None:
    """Compare the audit with its seals, and documents with the audit; exit 1 and say which rows differ."""
    from pipelines.audit import verify
    from pipelines.database import with_database
    from pipelines.postgres import DatabaseRole

    with with_database(read_settings()) as settings:
        found = verify(settings.role_url(DatabaseRole.EXTRACT), settings.raw_dir, head=head)
    typer.echo(found.to_json() if as_json else found.describe())
    if found.findings:
        raise typer.Exit(1)


@account.command("add")
def account_add(
    user: str,
    role: Role,
    position: Positions = None,
    outlet: Outlets = None,
    region: Region = None,
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)] = "",
) -> None:
    """Let a person sign in, or change how they do."""
    from pipelines.logins import Place, add_person

    place = Place(outlets=tuple(outlet or ()), region_path=region)
    add_person(read_settings(), user, password, role=role, positions=position or [], place=place)
    typer.echo(f"{user} can sign in as {role}")


@account.command("key")
def account_key(
    system: str, role: Role, position: Positions = None, outlet: Outlets = None, region: Region = None
) -> None:
    """Print a new key for a dealer's system; it is shown once."""
    from pipelines.logins import Place, add_system

    place = Place(outlets=tuple(outlet or ()), region_path=region)
    typer.echo(add_system(read_settings(), system, role=role, positions=position or [], place=place))


@account.command("list")
def account_list() -> None:
    """Every account and key."""
    from pipelines.logins import list_logins

    for login in list_logins(read_settings()):
        place = ", ".join(login.place.outlets) or login.place.region_path or "everything"
        ended = f", revoked {login.revoked_at:%Y-%m-%d}" if login.revoked_at else ""
        typer.echo(f"{login.kind:8}{login.subject:28}{login.role:20}{place}{ended}")


@account.command("revoke")
def account_revoke(user: str) -> None:
    """End a person's or a system's access; tokens already given end within the hour."""
    from pipelines.logins import revoke

    revoke(read_settings(), user)
    typer.echo(f"{user} can no longer sign in")
