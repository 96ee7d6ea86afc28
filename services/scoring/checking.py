"""The index counted again from the log, on an operator's terminal: `rebuild` and `verify`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NoReturn, TypeVar

import httpx
import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.settings import Settings
from services.scoring.usecases import recount
from services.scoring.usecases.read_log import PAGE, Head, LogFault, LogReader, Unreadable
from services.scoring.usecases.rebuild import LogIncomplete
from services.scoring.usecases.rebuild import rebuild as rebuild_rollups
from services.scoring.usecases.receipts import UnknownFigure
from services.scoring.usecases.recount import Difference
from services.scoring.usecases.verify import (
    CorrectionsWait,
    Report,
    RollupReport,
    verify_rollups,
)
from services.scoring.usecases.verify import verify as verify_all
from services.scoring.usecases.verify_figure import FigureReport, verify_figure
from shared import database
from shared.consume.feed_client import FEED_TROUBLE, Feed
from shared.log import Run
from shared.serve import read_settings

Found = TypeVar("Found")
Work = Callable[[AsyncEngine, LogReader, recount.Progress], Awaitable[Found]]
DIFFERS, NOT_DONE = 1, 2
# Reading all rollups of a large city takes longer than any request may.
STATEMENT_S = 600.0
_CHECKS = {
    "hash": "Hash dan sambungannya · Its hash and its links",
    "chain": "Rantai semua angka · The chain of all figures",
    "again": "Dihitung ulang dari kelompok jawaban · Computed again from its batches",
    "sums": "Jumlah kelompok, terbit, terlepas · Sums of batches, published, released",
    "counted": "Tidak melebihi hitungan · No more than was counted",
}


def compare(as_json: bool) -> None:
    """Compare the rollups with the log."""
    report = _with_log(verify_rollups)
    _finish(report, _rollup_lines(report), report.is_right, as_json)


def count_again(as_json: bool) -> None:
    """Put the rollups right, from the log."""
    try:
        done = _with_log(rebuild_rollups)
    except LogIncomplete as reason:
        _refuse(f"{reason}. Nothing was changed; run: rancak verify")
    counted = f"{done.events:,} events counted, {done.rows:,} rows"
    changed = f"{done.put_right:,} put right, {done.removed:,} removed"
    _finish(done, [f"{counted}: {changed}"], True, as_json)


def check(as_json: bool) -> None:
    """Check every hash chain, and the rollups."""
    report = _with_log(verify_all)
    if not as_json:
        Console().print(_stream_table(report))
    faults = [fault for stream in report.streams for fault in stream.faults]
    lines = [*_fault_lines(faults), *_rollup_lines(report.rollups)]
    _finish(report, lines, report.is_right, as_json)


def check_figure(figure_id: str, as_json: bool) -> None:
    """Check one figure and the chain of all, from the database alone."""
    report = _figure_report(figure_id)
    _finish(report, _check_lines(report), report.is_right, as_json)


def _figure_report(figure_id: str) -> FigureReport:
    settings = read_settings(Settings)

    async def run() -> FigureReport:
        engine = database.engine(settings.scoring_database_url, pool=1, statement_s=STATEMENT_S)
        try:
            return await verify_figure(engine, figure_id)
        finally:
            await engine.dispose()

    try:
        return asyncio.run(run())
    except UnknownFigure:
        _refuse(f"There is no figure {figure_id}, and none is missing.")
    except database.UNAVAILABLE as trouble:
        _refuse(f"The database cannot be used ({type(trouble).__name__}).")


def _check_lines(report: FigureReport) -> list[str]:
    return [
        f"{'[green]benar · right[/]' if check.ok else '[red]salah · wrong[/]'} "
        f"{_CHECKS[check.name]}: {escape(check.detail)}"
        for check in report.checks
    ]


def _refuse(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(NOT_DONE)


class _IntakesLog:
    """Intake's feed, which answers 500 where stored bytes cannot be read."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    async def heads(self) -> Mapping[str, Head]:
        return await self._feed.heads()

    async def runs(self, stream: str, after: int, limit: int = PAGE) -> Sequence[Run]:
        try:
            return await self._feed.runs(stream, after, limit)
        except httpx.HTTPStatusError as refused:
            if refused.response.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
                raise Unreadable(f"{stream} after {after}") from refused
            raise


def _with_log(work: Work[Found]) -> Found:
    """Do something that needs the database and intake's feed; show how far it is."""
    settings = read_settings(Settings)

    async def run(bars: Progress) -> Found:
        engine = database.engine(settings.scoring_database_url, pool=2, statement_s=STATEMENT_S)
        try:
            async with Feed(settings.intake_url, settings.service_key) as feed:
                return await work(engine, _IntakesLog(feed), _shown_on(bars))
        finally:
            await engine.dispose()

    columns = (TextColumn("{task.description:14}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bars:
        try:
            return asyncio.run(run(bars))
        except CorrectionsWait as found:
            _refuse(
                f"{found.waiting} corrections wait to be carried out, and none was in a minute: "
                "start scoring (rancak scoring serve), or look why it does not (rancak doctor)."
            )
        except Unreadable as place:
            _refuse(f"The log cannot be read: {place}. Run: rancak verify")
        except FEED_TROUBLE as trouble:
            _refuse(f"The log at {settings.intake_url} cannot be read ({type(trouble).__name__}).")
        except database.UNAVAILABLE as trouble:
            _refuse(f"The database cannot be used ({type(trouble).__name__}).")


def _shown_on(bars: Progress) -> recount.Progress:
    tasks = {}

    def show(stream: str, done: int, total: int) -> None:
        if stream not in tasks:
            tasks[stream] = bars.add_task(stream, total=total)
        bars.update(tasks[stream], completed=done)

    return show


def _stream_table(report: Report) -> Table:
    table = Table(title="Rantai hash · Hash chains")
    table.add_column("stream")
    table.add_column("head", justify="right")
    table.add_column("tip")
    table.add_column("")
    for stream in report.streams:
        state = "[red]salah · wrong[/]" if stream.faults else "[green]benar · right[/]"
        table.add_row(stream.stream, f"{stream.head:,}", stream.tip[:16], state)
    return table


def _rollup_lines(report: RollupReport) -> list[str]:
    compared = f"{report.events:,} events counted again, {report.rows:,} stored rows compared"
    if report.is_right:
        return [f"[green]Sama, bit demi bit · Equal, bit for bit[/]: {compared}"]
    return [
        f"[red]Berbeda · Different[/]: {compared}, {report.differing_rows:,} differ",
        *_fault_lines([*report.missing, *report.external]),
        *(f"  {stream} {sequence}: cannot be counted" for stream, sequence in report.uncountable),
        *(_difference_line(difference) for difference in report.examples),
    ]


def _difference_line(found: Difference) -> str:
    key = (found.service, found.place or "-", found.series, found.grain, found.start, found.extent)
    where = " ".join(key).rstrip()
    values = f"stored {found.stored}, the log says {found.counted}"
    return f"  {found.table} {where} {found.column}: {values}"


def _fault_lines(faults: Sequence[LogFault]) -> list[str]:
    return [f"  [red]{fault.stream} {fault.sequence}: {fault.fault}[/]" for fault in faults]


def _finish(report: msgspec.Struct, lines: Sequence[str], is_right: bool, as_json: bool) -> None:
    if as_json:
        body = {"ok": is_right, **msgspec.to_builtins(report)}
        typer.echo(msgspec.json.encode(body).decode())
    else:
        console = Console(soft_wrap=True, highlight=False)
        for line in lines:
            console.print(line)
    if not is_right:
        raise typer.Exit(DIFFERS)
