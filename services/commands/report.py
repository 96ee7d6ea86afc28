"""`rancak report`: the survey report of a scope and period into a file."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.commands.client import client
from services.commands.index import Live, Period, Population, Scope

MAKING_S = 120.0


class Format(StrEnum):
    """What can be made; `sheet` is the one-page public sheet."""

    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"
    SHEET = "sheet"
    SHEET_HTML = "sheet-html"


ENDINGS = {Format.SHEET: "pdf", Format.SHEET_HTML: "html"}
Into = Annotated[Path | None, typer.Option("--output", "-o", help="Berkas · File to write.")]


def report(
    scope: Scope,
    period: Period,
    format: Annotated[Format, typer.Option(help="Bentuk · Kind of document.")] = Format.PDF,
    lang: Annotated[str, typer.Option(help="id | en")] = "id",
    population: Population = None,
    live: Live = False,
    output: Into = None,
    as_json: Annotated[bool, typer.Option("--json", help="Satu objek JSON.")] = False,
) -> None:
    """Laporan survei kepuasan (SKM) · The regulation's survey report."""
    asked = {
        "scope": scope,
        "period": period,
        "format": format.value,
        "lang": lang,
        "view": "live" if live else "public",
    }
    if population is not None:
        asked["population"] = str(population)
    errors = Console(stderr=True)
    with (
        client(needs_key=live) as rancak,
        errors.status("Laporan sedang disusun · Making the report …"),
    ):
        made = rancak.send("GET", "/v1/reports/skm", params=asked, timeout=MAKING_S)
    ending = ENDINGS.get(format, format.value)
    kind = "-lembar" if format in ENDINGS else ""
    name = f"skm-{scope.replace(':', '-')}-{period}{kind}.{ending}"
    file = output or Path(name)
    file.write_bytes(made.content)
    if as_json:
        Console().print_json(data={"file": str(file), "bytes": len(made.content)})
    else:
        Console().print(f"{file}  {len(made.content):,} byte", highlight=False)
