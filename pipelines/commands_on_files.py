"""Commands that run an engine alone, on a plain file: forecast, backtest, simulate-stock, resolve."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.command_options import Json, PlainFile, pairs
from pipelines.settings import read_settings

if TYPE_CHECKING:
    from forecasting.tidy_file import Tidy
    from pipelines.score_file import Scored

engines = typer.Typer()
Quantiles = Annotated[str | None, typer.Option(help="Between 0 and 1, with commas: 0.1,0.5,0.9.")]
Country = Annotated[
    str | None, typer.Option(help="ISO code, for working days; only with hierarchy columns, e.g. NO.")
]
# Four hundred years of months: more is a slip of the finger, and would outrun the calendar.
Horizon = Annotated[int, typer.Option(min=1, max=5_000, help="Periods ahead.")]


@engines.command()
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
    from forecasting.tidy_file import read_tidy
    from pipelines.figures import one_line

    if method is not None:
        if quantiles or country:
            raise typer.BadParameter("--method goes without --quantiles and --country: it gives means alone")
        _forecast_by(method, file, horizon=horizon, out=out, as_json=as_json)
        return
    asked, tidy = _numbers(quantiles) or LEVELS, read_tidy(file)
    if has_levels(tidy):
        table = forecast_levels_file(file, horizon=horizon, out=out, quantiles=asked, country=country)
    else:
        _refuse_hierarchy_options(tidy, country=country)
        table = forecast_file(file, horizon=horizon, out=out, levels=asked)
    told = {"path": str(out), "series": table["unique_id"].n_unique(), "rows": table.height}
    if as_json:
        typer.echo(one_line({**told, "levels": tidy.levels, "not_used": tidy.unused}))
        return
    _tell_columns(tidy)
    typer.echo(f"{out}: {told['series']:,} series, {told['rows']:,} rows")


def _forecast_by(method: str, file: Path, *, horizon: int, out: Path, as_json: bool) -> None:
    from forecasting.local import LocalMethod, forecast_local
    from pipelines.figures import one_line

    if method not in list(LocalMethod):
        raise typer.BadParameter(f"no method {method}; there are: {', '.join(LocalMethod)}")
    rows = forecast_local(file, method=LocalMethod(method), horizon=horizon, out=out)
    typer.echo(one_line({"path": str(out), "rows": rows}) if as_json else f"{out}: {rows:,} rows")


def _refuse_hierarchy_options(tidy: Tidy, *, country: str | None = None, levels: str | None = None) -> None:
    """Options that would be passed over in silence."""
    from forecasting.plain_levels import MOST_SERIES

    for name, value in (("--country", country), ("--levels", levels)):
        if value:
            raise typer.BadParameter(
                f"{name} goes with at most {MOST_SERIES:,} series, and the file has more" if tidy.levels else
                f"{name} needs hierarchy columns, and the file has none: no column of text beside unique_id"
            )  # fmt: skip


def _tell_columns(tidy: Tidy) -> None:
    """What the columns beside unique_id, ds and y were taken for."""
    if tidy.levels:
        typer.echo(f"levels, from the top: {', '.join(tidy.levels)}")
    if tidy.unused:
        typer.echo(f"not used, as they hold no names: {', '.join(tidy.unused)}")


@engines.command()
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
    from forecasting.tidy_file import read_tidy
    from pipelines.figures import print_figures

    asked, tidy = _numbers(quantiles) or LEVELS, read_tidy(file)
    if has_levels(tidy):
        wanted = [name.strip() for name in levels.split(",")] if levels else ()
        found = backtest_levels_file(
            file, horizon=horizon, origins=origins, quantiles=asked, levels=wanted, country=country
        )
    else:
        _refuse_hierarchy_options(tidy, country=country, levels=levels)
        found = backtest_file(file, horizon=horizon, origins=origins, levels=asked)
    if not as_json:
        _tell_columns(tidy)
    print_figures(found, as_json=as_json)


def _numbers(text: str | None) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(",")) if text else ()
    except ValueError:
        raise typer.BadParameter(f"quantiles are numbers such as 0.1,0.5,0.9, not {text!r}") from None


AsOf = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of asking; left out: the last of the file.")
]
ScoresOut = Annotated[Path, typer.Option(help=".parquet or .csv to write.")]


@engines.command("score-leads")
def score_leads(
    file: PlainFile, as_of: AsOf = None, out: ScoresOut = Path("lead_scores.parquet"), as_json: Json = False
) -> None:
    """Chance that each open lead buys, with reasons, from a file of what happened to leads."""
    from pipelines.score_file import FileError, score_leads_file

    try:
        found = score_leads_file(file, as_of=as_of.date() if as_of else None, out=out)
    except FileError as error:
        raise typer.BadParameter(str(error)) from None
    _tell_scored(found, out, as_json=as_json)


@engines.command("score-returns")
def score_returns(
    file: PlainFile, as_of: AsOf = None, out: ScoresOut = Path("return_scores.parquet"), as_json: Json = False
) -> None:
    """Chance that each car comes back to the workshop, with reasons, from a file of visits."""
    from pipelines.score_file import FileError, score_returns_file

    try:
        found = score_returns_file(file, as_of=as_of.date() if as_of else None, out=out)
    except FileError as error:
        raise typer.BadParameter(str(error)) from None
    _tell_scored(found, out, as_json=as_json)


def _tell_scored(found: Scored, out: Path, *, as_json: bool) -> None:
    from pipelines.figures import one_line

    for row in found.quality.select("method", "examples", "log_loss", "auc", "calibration_error").iter_rows(
        named=True
    ):
        typer.echo(
            one_line(row) if as_json else
            f"{row['method']:<10} log loss {row['log_loss']:.3f}  AUC {_or_dash(row['auc'])}  "
            f"calibration error {row['calibration_error']:.3f}  on {row['examples']:,} later examples"
        )  # fmt: skip
    if found.quality.is_empty():
        typer.echo("too little history to judge a model, so nothing is scored", err=True)
    told = {"path": str(out), "rows": found.rows}
    typer.echo(one_line(told) if as_json else f"{out}: {found.rows:,} rows")


def _or_dash(number: float | None) -> str:
    return "-" if number is None else f"{number:.3f}"


@engines.command("simulate-stock")
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
    holding_cost: Annotated[float, typer.Option(help="Share of the stock's value a year, as 0.2.")] = 0,
    order_cost: Annotated[float, typer.Option(help="Money an order line.")] = 0,
    emergency_cost: Annotated[float, typer.Option(help="Money an emergency line: its freight.")] = 0,
    short_cost: Annotated[float, typer.Option(help="Money a unit not served at once.")] = 0,
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
    from forecasting.stock_cost import CostRates, least_cost
    from forecasting.stock_file import cost_line, simulate_file, stock_line
    from pipelines.figures import one_line, print_figures

    costs = (holding_cost, order_cost, emergency_cost, short_cost)
    rates = CostRates(*costs) if any(costs) else None

    found = simulate_file(
        file, lead_time=lead_time, review=review, periods=periods, targets=target or (0.8, 0.9, 0.95),
        policies=policy or (), terms_path=terms, out=out,
        rates=rates,
    )  # fmt: skip
    print_figures(found.figures, as_json=as_json)
    for row in found.targets.iter_rows(named=True):
        typer.echo(one_line(row) if as_json else stock_line(row))
    if rates is not None:
        for row in least_cost(found.frontier).iter_rows(named=True):
            typer.echo(one_line(row) if as_json else cost_line(row))
    told = {"path": str(out), "series": found.series, "left_out": found.left_out}
    typer.echo(one_line(told) if as_json else f"{out}: {found.series:,} series, {found.left_out:,} left out")


def _simulate_snapshot(*, as_json: bool) -> None:
    from forecasting.policy_in_force import TOLERANCE
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
    if found.in_force is None:
        typer.echo("nobody asked for a part in the days of stock that are kept", err=True)
        return
    told = {**asdict(found.in_force), "tolerance": TOLERANCE, "holds": found.in_force.holds}
    typer.echo(
        one_line({**told, "refused_with_stock": found.refused_with_stock}) if as_json else
        found.in_force.sentence(refused_with_stock=found.refused_with_stock)
    )  # fmt: skip


@engines.command()
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
    keep: Annotated[
        Path | None, typer.Option(file_okay=False, help="Folder to keep what a later --delta goes on from.")
    ] = None,
    delta: Annotated[
        bool, typer.Option("--delta", help="FILE has new and changed records alone, to add to --keep.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Find who is who in a plain file of persons or companies; write clusters, pairs and evidence."""
    fields = pairs(mapping.split(",")) if mapping else {}
    from models.identity.plain import add_file, resolve_file
    from pipelines.figures import print_figures

    if delta:
        if keep is None or link or truth:
            raise typer.BadParameter("--delta needs --keep, and goes without --link and --truth")
        found = add_file(file, keep=keep, mapping=fields, country=country, out=out)
    else:
        found = resolve_file(
            file, link=link, truth=truth, mapping=fields, country=country, out=out, keep=keep
        )
    if not as_json:
        read = ", ".join(f"{field} from {column}" for field, column in found.used.items())
        typer.echo(f"{file.name}: {read}; not used: {', '.join(found.unused) or 'none'}")
    for note in found.notes:
        typer.echo(note, err=True)
    print_figures(found.figures, as_json=as_json)
    if not as_json:
        typer.echo(f"{out}: clusters, pairs, evidence, households")
