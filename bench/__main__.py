"""`python -m bench`: measure the performance claims, or write what was measured into the README."""

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bench import table
from bench.options import GROWTH_EVENTS, ROUNDS, Options, RowKind
from bench.results import Row, as_json
from bench.rows.all import KINDS

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def bench(
    only: Annotated[str | None, typer.Option(help="Measure this row only (see --list).")] = None,
    seconds: Annotated[
        float | None, typer.Option(min=0.5, max=600, help="Seconds of measuring in a round.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="Rounds; the median counts.")] = ROUNDS,
    log_events: Annotated[
        int, typer.Option(min=10_000, max=50_000_000, help="How far `growth` lets the log grow.")
    ] = GROWTH_EVENTS,
    as_json_lines: Annotated[
        bool, typer.Option("--json", help="One JSON object per row on stdout.")
    ] = False,
    list_rows: Annotated[bool, typer.Option("--list", help="Name the rows.")] = False,
    save: Annotated[
        Path | None, typer.Option(help="Keep the results as JSON; rows measured anew replace old.")
    ] = None,
    readme: Annotated[
        bool,
        typer.Option("--readme", help="Write the kept results into README.md; measure nothing."),
    ] = False,
) -> None:
    """Measure on private embedded servers, with peers in the same run."""
    if list_rows:
        typer.echo("\n".join(name for kind in KINDS for name in kind.names))
        return
    if readme:
        table.write_readme(save or table.RESULTS)
        return
    found: list[Row] = []
    for kind in _chosen(only):
        options = Options(seconds or kind.seconds, rounds, log_events, _say)
        measured = _measured(kind, options)
        rows = [row for row in measured if only in (None, row.row)]
        if as_json_lines:
            typer.echo("\n".join(json.dumps(as_json(row)) for row in rows))
        if save is not None:
            table.keep(save, rows)
        found += rows
    if not as_json_lines:
        typer.echo(table.as_text(found))


def _chosen(only: str | None) -> Sequence[RowKind]:
    chosen = [kind for kind in KINDS if only is None or only in kind.names]
    if not chosen:
        raise typer.BadParameter(f"no such row: {only} (see --list)")
    return chosen


def _measured(kind: RowKind, options: Options) -> Sequence[Row]:
    try:
        return asyncio.run(_until_told_to_stop(kind, options))
    except (KeyboardInterrupt, asyncio.CancelledError):
        _say("stopped; servers and services have ended")
        raise typer.Exit(130) from None


async def _until_told_to_stop(kind: RowKind, options: Options) -> Sequence[Row]:
    """Ctrl-C and SIGTERM cancel the measuring, which ends every process that it started."""
    task = asyncio.ensure_future(kind.measure(options))
    for told in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(told, task.cancel)
    return await task


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    app()
