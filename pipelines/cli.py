"""The command line `dms`: reads settings once, imports what a command needs when it runs, prints.

An error that one of our modules raises on purpose is printed as one sentence with its remedy
(exit 2); anything else keeps its traceback. Goals that do not hold exit 1.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from pipelines.settings import programs_on_path, read_settings

app = typer.Typer(
    help="Dealer management system: one dealer transaction travels all the way to a decision.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
quarantine = typer.Typer(help="Rows that broke their contract.", no_args_is_help=True)
app.add_typer(quarantine, name="quarantine")
account = typer.Typer(help="Who may sign in.", no_args_is_help=True)
app.add_typer(account, name="account")
audit = typer.Typer(help="What was changed by whom, and that nobody rewrote it.", no_args_is_help=True)
app.add_typer(audit, name="audit")
privacy = typer.Typer(help="What is held of a person.", no_args_is_help=True)
app.add_typer(privacy, name="privacy")

OURS = ("pipelines", "operational_api", "forecasting", "models", "apps", "benchmarks")
Json = Annotated[bool, typer.Option("--json", help="Print figures for machines: one JSON object a line.")]
Size = Annotated[Literal["s", "m", "l", "xl"], typer.Option(help="m is about one million transactions.")]
Seed = Annotated[int, typer.Option(help="Equal seeds make equal data.")]
Mapping = Annotated[str | None, typer.Option(help="field=column,field=column, or a YAML file of them.")]
Quantiles = Annotated[str | None, typer.Option(help="Between 0 and 1, with commas: 0.1,0.5,0.9.")]
Country = Annotated[
    str | None, typer.Option(help="ISO code, for working days; only with hierarchy columns, e.g. NO.")
]
Horizon = Annotated[int, typer.Option(min=1, help="Periods ahead.")]
Role = Annotated[str, typer.Option(help="dealer_staff, regional_manager, oem_planner, data_engineer, ...")]
Positions = Annotated[
    list[str] | None, typer.Option("--position", help="Of dealer staff: parts, advisor, ...; repeatable.")
]
Outlets = Annotated[list[str] | None, typer.Option("--outlet", help="Outlet it is limited to; repeatable.")]
Region = Annotated[str | None, typer.Option(help="Path of the region it is limited to.")]
PlainFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Parquet, CSV or XLSX.")]


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
    select: Annotated[str | None, typer.Option(help="Only these assets, e.g. group:engine.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Also when there is nothing new.")] = False,
    as_json: Json = False,
) -> None:
    """Run the pipeline once, in this process: extract to published snapshot."""
    as_of_date = _date(as_of)
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
    as_json: Json = False,
) -> None:
    """Take a file in through the same contract and feed as everything else."""
    constants, skipped = _pairs(set_ or []), _pairs(skip_when or [])
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
    typer.echo(result.to_json() if as_json else result.describe())


@app.command()
def validate(
    file: PlainFile,
    contract: Annotated[str, typer.Option(help="Document type or feed whose contract the rows must meet.")],
    mapping: Mapping = None,
    as_json: Json = False,
) -> None:
    """Check a file against a contract without taking it in; exit 1 when rows break it."""
    from pipelines.importing import validate_file

    result = validate_file(read_settings(), file, contract, mapping=mapping)
    typer.echo(result.to_json() if as_json else result.describe())
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
def forecast(
    file: PlainFile,
    horizon: Horizon = 6,
    out: Annotated[Path, typer.Option(help=".parquet or .csv to write.")] = Path("forecast.parquet"),
    method: Annotated[
        str | None,
        typer.Option(help="croston_sba, tsb or simple_smoothing: that one alone, without quantiles, fast."),
    ] = None,
    quantiles: Quantiles = None,
    country: Country = None,
    as_json: Json = False,
) -> None:
    """Forecast a plain file (unique_id, ds, y; text columns are its hierarchy, top first), with quantiles."""
    from forecasting.plain import LEVELS, forecast_file
    from forecasting.plain_levels import forecast_levels_file, has_levels
    from pipelines.figures import one_line

    if method is not None:
        from forecasting.local import LocalMethod, forecast_local

        if method not in list(LocalMethod):
            raise typer.BadParameter(f"no method {method}; there are: {', '.join(LocalMethod)}")
        rows = forecast_local(file, method=LocalMethod(method), horizon=horizon, out=out)
        typer.echo(one_line({"path": str(out), "rows": rows}) if as_json else f"{out}: {rows:,} rows")
        return
    asked = _numbers(quantiles) or LEVELS
    if has_levels(file):
        table = forecast_levels_file(file, horizon=horizon, out=out, quantiles=asked, country=country)
    else:
        table = forecast_file(file, horizon=horizon, out=out, levels=asked)
    told = {"path": str(out), "series": table["unique_id"].n_unique(), "rows": table.height}
    typer.echo(one_line(told) if as_json else f"{out}: {told['series']:,} series, {told['rows']:,} rows")


@app.command()
def backtest(
    file: PlainFile,
    horizon: Horizon = 6,
    origins: Annotated[int, typer.Option(min=1, help="How many pasts to forecast from.")] = 3,
    levels: Annotated[
        str | None, typer.Option(help="Of a hierarchy: the levels to tell about, e.g. make,total.")
    ] = None,
    quantiles: Quantiles = None,
    country: Country = None,
    as_json: Json = False,
) -> None:
    """Forecast the past of a plain file from what was known before it, against seasonal naive."""
    from forecasting.plain import LEVELS, backtest_file
    from forecasting.plain_levels import backtest_levels_file, has_levels
    from pipelines.figures import print_figures

    asked = _numbers(quantiles) or LEVELS
    if has_levels(file):
        wanted = levels.split(",") if levels else ()
        found = backtest_levels_file(
            file, horizon=horizon, origins=origins, quantiles=asked, levels=wanted, country=country
        )
    elif levels:
        raise typer.BadParameter("--levels needs hierarchy columns, and the file has none")
    else:
        found = backtest_file(file, horizon=horizon, origins=origins, levels=asked)
    print_figures(found, as_json=as_json)


def _numbers(text: str | None) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(",")) if text else ()
    except ValueError:
        raise typer.BadParameter(f"quantiles are numbers such as 0.1,0.5,0.9, not {text!r}") from None


@app.command("simulate-stock")
def simulate_stock(
    file: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False, help="Parquet or CSV.")] = None,
    from_snapshot: Annotated[
        bool, typer.Option("--from-snapshot", help="The outlets' own days instead of a file.")
    ] = False,
    lead_time: Annotated[int, typer.Option(min=0, help="Periods from order to receipt.")] = 1,
    review: Annotated[int, typer.Option(min=1, help="Periods between orders.")] = 1,
    periods: Annotated[int, typer.Option(min=1, help="Periods replayed, the last of the file.")] = 24,
    target: Annotated[list[float] | None, typer.Option(help="Fill wanted, as 0.95; repeatable.")] = None,
    policy: Annotated[
        list[str] | None, typer.Option(help="Which to compare; repeatable; default: all.")
    ] = None,
    terms: Annotated[
        Path | None, typer.Option(help="File: unique_id, lead_time, review, pack_size, unit_cost.")
    ] = None,
    out: Annotated[Path, typer.Option(help=".parquet or .csv to write the frontier to.")] = Path(
        "frontier.parquet"
    ),
    as_json: Json = False,
) -> None:
    """Replay the real demand of a file under stocking policies: fill, stock, lines, with a band."""
    if from_snapshot == (file is not None):
        raise typer.BadParameter("give a FILE or --from-snapshot, one of them")
    if file is None:
        _simulate_snapshot(as_json=as_json)
        return
    from forecasting.stock_file import simulate_file, stock_line
    from pipelines.figures import one_line, print_figures

    found = simulate_file(
        file, lead_time=lead_time, review=review, periods=periods, targets=target or (0.8, 0.9, 0.95),
        policies=policy or (), terms_path=terms, out=out,
    )  # fmt: skip
    print_figures(found.figures, as_json=as_json)
    for row in found.targets.iter_rows(named=True):
        typer.echo(one_line(row) if as_json else stock_line(row))
    told = {"path": str(out), "series": found.series, "left_out": found.left_out}
    typer.echo(one_line(told) if as_json else f"{out}: {found.series:,} series, {found.left_out:,} left out")


def _simulate_snapshot(*, as_json: bool) -> None:
    from pipelines.figures import one_line
    from pipelines.stock_whatif import from_snapshot

    found = from_snapshot(read_settings())
    for row in found.curve.iter_rows(named=True):
        typer.echo(
            one_line(row) if as_json else
            f"class {row['abc_class']:<4} chance {row['cycle_chance']:.3f}: fill {row['fill']:.1%} with "
            f"{row['stock_days']:.0f} days of demand on the shelf, {row['order_lines']:,.0f} order lines"
        )  # fmt: skip
    told = {
        "observed_fill": found.observed_fill, "observed_units": found.observed_units,
        "chance_that_fills_as_observed": found.chance_observed(),
    }  # fmt: skip
    typer.echo(one_line(told) if as_json else f"observed in the same days: {told}")


@app.command()
def resolve(
    file: PlainFile,
    link: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Another file to link it to.")
    ] = None,
    truth: Annotated[
        str | None, typer.Option(help="Column that tells who is who; for scoring alone.")
    ] = None,
    mapping: Annotated[str | None, typer.Option(help="field=column,field=column.")] = None,
    country: Annotated[
        str | None, typer.Option(help="ISO country that reads phones and names of records without one.")
    ] = None,
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder to write.")] = Path("resolved"),
    as_json: Json = False,
) -> None:
    """Find who is who in a plain file of persons or companies; write clusters, pairs and evidence."""
    fields = _pairs(mapping.split(",")) if mapping else {}
    from models.identity.plain import resolve_file
    from pipelines.figures import print_figures

    found = resolve_file(file, link=link, truth=truth, mapping=fields, country=country, out=out)
    if not as_json:
        read = ", ".join(f"{field} from {column}" for field, column in found.used.items())
        typer.echo(f"{file.name}: {read}; not used: {', '.join(found.unused) or 'none'}")
    print_figures(found.figures, as_json=as_json)
    if not as_json:
        typer.echo(f"{out}: clusters, pairs, evidence, households")


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
    name: Annotated[str, typer.Argument(help="api, faults, pipeline or forecast")],
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
    given = _pairs(values)
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


def _date(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is not a day written YYYY-MM-DD") from None


def _pairs(texts: list[str]) -> dict[str, str]:
    """`field=value` as a mapping."""
    for text in texts:
        if "=" not in text:
            raise typer.BadParameter(f"--set {text}: write field=value")
    return dict(text.split("=", 1) for text in texts)


def _demo_password(user: str) -> str | None:
    from pipelines.demo.accounts import DEMO_ACCOUNTS

    return next((account.password for account in DEMO_ACCOUNTS if account.subject == user), None)


if __name__ == "__main__":
    main()
