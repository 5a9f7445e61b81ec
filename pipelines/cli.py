"""The command line `dms`: reads settings once, imports what a command needs when it runs, prints.

An error that one of our modules raises on purpose is printed as one sentence with its remedy
(exit 2); anything else keeps its traceback. Goals that do not hold exit 1.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from pipelines.command_options import Json, Language, PlainFile, date_of, language_code, pairs
from pipelines.commands_on_files import engines
from pipelines.commands_on_records import account, audit, privacy, quarantine
from pipelines.settings import programs_on_path, read_settings

app = typer.Typer(
    help="Dealer management system: one dealer transaction travels all the way to a decision.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(engines)
app.add_typer(quarantine, name="quarantine")
app.add_typer(account, name="account")
app.add_typer(audit, name="audit")
app.add_typer(privacy, name="privacy")

OURS = ("pipelines", "operational_api", "forecasting", "models", "apps", "benchmarks")
Size = Annotated[Literal["s", "m", "l", "xl"], typer.Option(help="m is about one million transactions.")]
Seed = Annotated[int, typer.Option(help="Equal seeds make equal data.")]
Mapping = Annotated[str | None, typer.Option(help="field=column,field=column, or a YAML file of them.")]


def main() -> None:
    """Entry point of `dms`."""
    programs_on_path()
    try:
        app()
    except Exception as error:
        if type(error).__module__.split(".")[0] not in OURS:
            raise
        typer.echo(f"dms: {error}", err=True)
        sys.exit(2)


@app.command()
def up(
    detach: Annotated[bool, typer.Option(help="Leave everything running; stop it with `dms down`.")] = False,
) -> None:
    """Start database, API, Dagster and pages; print addresses and logins; stop with Ctrl-C."""
    from pipelines import services
    from pipelines.welcome import print_welcome

    settings = read_settings()
    if detach:
        services.detach(settings)
        print_welcome(settings, stop="dms down")
        return
    services.up(settings, announce=print_welcome, say=lambda line: typer.echo(line, err=True))


@app.command()
def down() -> None:
    """Stop what `dms up --detach` left running."""
    from pipelines import services

    typer.echo("stopped" if services.down(read_settings()) else "nothing was up")


@app.command()
def demo(
    size: Size = "s",
    seed: Seed = 7,
    serve: Annotated[bool, typer.Option(help="Stay up afterwards.")] = True,
) -> None:
    """Simulate a brand and its dealers, load them, run the pipeline, start everything."""
    from pipelines.demo.seed import seed as seed_demo

    told = seed_demo(read_settings(), size, seed, say=lambda line: typer.echo(f"  {line}"))
    typer.echo(f"demo of size {size}, seed {seed}: {told.received:,} changes of documents captured")
    run()
    if serve:
        up(detach=False)


@app.command()
def run(
    as_of: Annotated[str | None, typer.Option(help="Business date, YYYY-MM-DD; default: today.")] = None,
    select: Annotated[str | None, typer.Option(help="Only these: a table, or e.g. group:engine.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Also when there is nothing new.")] = False,
    as_json: Json = False,
) -> None:
    """Run the pipeline once, in this process: extract to published snapshot."""
    as_of_date = date_of(as_of)
    from pipelines.run import run as run_pipeline

    result = run_pipeline(read_settings(), as_of=as_of_date, select=select, force=force)
    typer.echo(result.to_json() if as_json else result.describe())


@app.command("import")
def import_(
    file: PlainFile,
    document: Annotated[str, typer.Option("--as", help="Document type or feed, e.g. part_demand.")],
    mapping: Mapping = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="field=value for every row.")] = None,
    skip_when: Annotated[
        list[str] | None, typer.Option(help="field=value of rows that say that nothing happened.")
    ] = None,
    zone: Annotated[str | None, typer.Option(help="IANA zone of times written without one.")] = None,
    create_missing: Annotated[
        bool, typer.Option("--create-missing", help="Open what the rows refer to and nobody has loaded.")
    ] = False,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Take a file in through the same contract and feed as everything else."""
    words = language_code(language)
    constants, skipped = pairs(set_ or []), pairs(skip_when or [])
    from pipelines.importing import import_file

    result = import_file(
        read_settings(),
        file,
        document,
        mapping=mapping,
        constants=constants,
        skip_when=skipped,
        zone=zone,
        create_missing=create_missing,
    )
    typer.echo(result.said_in(words).to_json() if as_json else result.describe(words))


@app.command()
def template(
    name: Annotated[str, typer.Argument(help="Document type or feed, e.g. hr_attendance.")],
    out: Annotated[
        Path | None, typer.Option(help=".csv or .xlsx to write; default: NAME-template.csv.")
    ] = None,
) -> None:
    """Write an empty file to fill in: the columns of a type or feed, in Excel with their meaning."""
    from pipelines.importing import write_template

    path = out or Path(f"{name}-template.csv")
    write_template(name, path)
    typer.echo(str(path))


@app.command()
def validate(
    file: PlainFile,
    contract: Annotated[str, typer.Option(help="Document type or feed whose contract the rows must meet.")],
    mapping: Mapping = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Check a file against a contract without taking it in; exit 1 when rows break it."""
    words = language_code(language)
    from pipelines.importing import validate_file

    result = validate_file(read_settings(), file, contract, mapping=mapping)
    typer.echo(result.said_in(words).to_json() if as_json else result.describe(words))
    if result.rejected:
        raise typer.Exit(1)


@app.command()
def status(as_json: Json = False) -> None:
    """How fresh the data is, what was counted, which checks failed."""
    from pipelines.status import read_status

    current = read_status(read_settings())
    typer.echo(current.to_json() if as_json else current.describe())


@app.command()
def doctor() -> None:
    """Check Python, lock, disk, ports, data folder and database; exit 1 when something is wrong."""
    from pipelines.doctor import examine

    findings = examine(read_settings())
    for finding in findings:
        typer.echo(f"{'ok   ' if finding.is_fine else 'WRONG'} {finding.what}: {finding.told}")
    if not all(finding.is_fine for finding in findings):
        raise typer.Exit(1)


@app.command()
def explain(suggestion: Annotated[str, typer.Argument(help="Id of a replenishment suggestion.")]) -> None:
    """Why this quantity: every step from demand to the suggested number, with its source."""
    from pipelines.replenish import explain as explain_suggestion

    typer.echo(explain_suggestion(read_settings(), suggestion))


@app.command()
def migrate() -> None:
    """Bring the operational database to the declarations; safe to repeat."""
    from operational_api.migrate import migrate as migrate_database
    from pipelines import postgres

    with postgres.start(read_settings()) as server:
        migrate_database(server.url(postgres.DatabaseRole.OWNER))
    typer.echo("the database agrees with the declarations")


@app.command()
def revision(message: Annotated[str, typer.Argument(help="What changed, in a few words.")]) -> None:
    """Draft the migration that brings the schema to the declarations; read it before committing."""
    from pipelines.revision import draft_revision

    typer.echo(draft_revision(read_settings(), message))


@app.command()
def openapi() -> None:
    """Print the operational API's OpenAPI document."""
    import json

    from operational_api.app import create_app

    typer.echo(json.dumps(create_app(read_settings()).openapi(), indent=2, ensure_ascii=False))


@app.command()
def token(
    user: str,
    password: Annotated[str | None, typer.Option(help="Default: a demo account's own, or asked for.")] = None,
) -> None:
    """Sign in at the running API and print the access token."""
    from pipelines.welcome import fetch_token

    given = password or _demo_password(user) or typer.prompt("Password", hide_input=True)
    typer.echo(fetch_token(read_settings(), user, given))


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="api, faults, forecast, pipeline, resolve or stock")],
    as_json: Json = False,
) -> None:
    """Measure against a peer in the same run; exit 1 when a goal does not hold."""
    import subprocess

    root = read_settings().root  # ours comes first on the path there: a dependency ships another `benchmarks`
    known = sorted(path.stem for path in (root / "benchmarks").glob("[a-z]*.py"))
    if name not in known:
        raise typer.BadParameter(f"no benchmark {name}; there are: {', '.join(known)}")
    command = [sys.executable, "-m", f"benchmarks.{name}", *(["--json"] if as_json else [])]
    raise typer.Exit(subprocess.run(command, check=False, cwd=root).returncode)


@app.command()
def reset(
    yes: Annotated[bool, typer.Option("--yes", prompt="Delete database, files and snapshots?")] = False,
) -> None:
    """Delete everything below the data folder, the embedded database included."""
    import shutil

    from pipelines import postgres, services

    settings = read_settings()
    if yes and settings.data_dir.exists():
        with services.only_one(settings):
            if settings.database_url is None:
                postgres.drop_cluster(settings)
        shutil.rmtree(settings.data_dir)


def _demo_password(user: str) -> str | None:
    from pipelines.demo.accounts import DEMO_ACCOUNTS

    return next((account.password for account in DEMO_ACCOUNTS if account.subject == user), None)


if __name__ == "__main__":
    main()
