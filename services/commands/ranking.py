"""`rancak ranking`: units in the order of their index, with the ranks that they could have."""

from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.commands.client import client
from services.commands.index import COLOURS, MISSING, Json, Live, Period, called, say_if_example


class Unit(StrEnum):
    """What is ranked."""

    AGENCY = "agency"
    SERVICE = "service"
    PLACE = "place"


Within = Annotated[str, typer.Option(help="city | agency:X | place:X")]


def ranking(
    unit: Annotated[Unit, typer.Argument(help="agency | service | place")],
    period: Period,
    within: Within = "city",
    live: Live = False,
    as_json: Json = False,
) -> None:
    """Peringkat unit menurut indeks · Units by their index."""
    view = "live" if live else "public"
    asked = {"unit": unit.value, "within": within, "period": period, "view": view}
    with client(needs_key=live) as rancak:
        answer = rancak.get("/v1/index/ranking", asked)
    console = Console()
    if as_json:
        console.print_json(data=answer)
        return
    say_if_example(console, answer)
    console.print(Text(f"{called(answer, 'within')} · {answer['period']}", "bold"))
    console.print(_table(answer))
    console.print(_footer(answer))


def _table(answer: dict[str, Any]) -> Table:
    table = Table()
    table.add_column("#", justify="right")
    table.add_column("mungkin · perhaps", justify="center")
    table.add_column("Unit")
    for heading in ("n", "Indeks", "95%"):
        table.add_column(heading, justify="right")
    table.add_column("Kelas", justify="center")
    for item in answer["items"]:
        letter = item["class"] or MISSING
        interval = item["interval"]
        table.add_row(
            MISSING if item["rank"] is None else str(item["rank"]),
            _ranks(item),
            Text.assemble(item["name"], (f" {item['code']}", "dim")),
            MISSING if item["n"] is None else f"{item['n']:,}",
            item["index"] or MISSING,
            f"{interval['low']} – {interval['high']}" if interval else MISSING,
            Text(letter, COLOURS.get(letter, "")),
            # A line stands where neighbours really differ.
            end_section=bool(item["differs_from_next"]),
        )
    return table


def _ranks(item: dict[str, Any]) -> str:
    if item["rank"] is None:
        return MISSING
    best, worst = item["rank_best"], item["rank_worst"]
    return str(best) if best == worst else f"{best}–{worst}"


def _footer(answer: dict[str, Any]) -> Text:
    pooled, mean = answer["pooled"], answer["mean_of_units"]
    return Text.assemble(
        f"Semua responden · All respondents: {pooled['index'] or MISSING} (n = {pooled['n']:,})\n",
        f"Rata-rata unit · Mean of {mean['units']} units: {mean['index'] or MISSING}\n",
        (f"{answer['words']['id']} · {answer['words']['en']}", "dim"),
    )
