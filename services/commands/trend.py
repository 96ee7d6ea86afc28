"""`rancak trend`: how an index moves, and whether that is more than chance."""

from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.commands.client import client
from services.commands.index import COLOURS, MISSING, Json, Live, Scope, called, say_if_example
from services.scoring.pages.sparkline import scale

BLOCKS = "▁▂▃▄▅▆▇█"
BAR_WIDTH = 24
VERDICT_COLOURS = {"rise": "green", "fall": "red"}


class Grain(StrEnum):
    """How long each period is."""

    MONTH = "month"
    QUARTER = "quarter"
    SEMESTER = "semester"
    YEAR = "year"


From = Annotated[str | None, typer.Option("--from", help="Masa pertama · First period (2025-Q1)")]
To = Annotated[str | None, typer.Option("--to", help="Masa terakhir · Last period.")]


def trend(
    scope: Scope,
    grain: Annotated[Grain, typer.Option(help="Panjang tiap masa · Length of each period.")] = (
        Grain.MONTH
    ),
    first: From = None,
    last: To = None,
    live: Live = False,
    as_json: Json = False,
) -> None:
    """Perkembangan indeks suatu lingkup · How the index of a scope moves."""
    asked = {"scope": scope, "grain": grain.value, "view": "live" if live else "public"}
    asked |= {name: text for name, text in (("from", first), ("to", last)) if text}
    with client(needs_key=live) as rancak:
        answer = rancak.get("/v1/index/trend", asked)
    console = Console()
    if as_json:
        console.print_json(data=answer)
        return
    say_if_example(console, answer)
    console.print(_headline(answer))
    console.print(_table(answer))
    console.print(_judgement(answer))


def sparkline(values: list[float | None]) -> str:
    """One character for each value: ▁ to █, a blank where there is none."""
    low, span = scale(values)
    return "".join(
        " " if value is None else BLOCKS[round((value - low) / span * (len(BLOCKS) - 1))]
        for value in values
    )


def _headline(answer: dict[str, Any]) -> Text:
    values = [_value(point) for point in answer["periods"]]
    return Text.assemble((f"{called(answer)}  ", "bold"), (sparkline(values), "cyan"))


def _table(answer: dict[str, Any]) -> Table:
    table = Table()
    table.add_column("Masa · Period")
    for heading in ("n", "Indeks", "95%"):
        table.add_column(heading, justify="right")
    table.add_column("Kelas", justify="center")
    table.add_column("")
    for point in answer["periods"]:
        letter = point["class"] or MISSING
        still = "" if point["closed"] else " [dim]masih berjalan · open[/]"
        table.add_row(
            point["period"] + still,
            MISSING if point["n"] is None else f"{point['n']:,}",
            point["index"] or MISSING,
            _interval(point["interval"]),
            Text(letter, COLOURS.get(letter, "")),
            Text(_bar(_value(point)), COLOURS.get(letter, "")),
        )
    return table


def _judgement(answer: dict[str, Any]) -> Text:
    trend, step = answer["trend"], answer["last_step"]
    said = _words(trend)
    if trend["slope"] is not None:
        said.append(f": {trend['slope']} poin per masa · points per {answer['grain']}")
        said.append(f"  95%: {_interval(trend['interval'])}  p = {trend['p']}", "dim")
    if step:
        said.append(f"\n{step['from']} → {step['to']}: ").append_text(_words(step))
        said.append(f" ({step['difference']})")
        if step["p"] is not None:
            said.append(f"  95%: {_interval(step['interval'])}  p = {step['p']}", "dim")
    return said


def _words(judged: dict[str, Any]) -> Text:
    words = f"{judged['words']['id']} · {judged['words']['en']}"
    return Text(words, VERDICT_COLOURS.get(judged["verdict"], "yellow"))


def _value(point: dict[str, Any]) -> float | None:
    return None if point["index"] is None else float(point["index"])


def _bar(value: float | None) -> str:
    """The place between 25 and 100."""
    return "" if value is None else "█" * max(1, round((value - 25) / 75 * BAR_WIDTH))


def _interval(interval: dict[str, str] | None) -> str:
    return f"{interval['low']} – {interval['high']}" if interval else MISSING
