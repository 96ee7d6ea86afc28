"""`rancak questionnaire publish|list|show`: an agency's questionnaires by HTTP."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from services.commands.client import client, decoded

app = typer.Typer(help="Kuesioner · Questionnaires.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Keluaran JSON · JSON output.")]
Agency = Annotated[str, typer.Argument(help="Kode instansi · The agency's code")]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]
HEADINGS = ("unsur · element", "bobot · weight", "pertanyaan", "question")


@app.command()
def publish(agency: Agency, file: File, as_json: Json = False) -> None:
    """Terbitkan versi berikutnya dari berkas JSON · Publish the next version from a JSON file.

    It never changes afterwards; it holds from `valid_from`, the first of a month, on.
    """
    headers = {"Content-Type": "application/json"}
    with client(needs_key=True) as rancak:
        answer = rancak.send("POST", _path(agency), content=file.read_bytes(), headers=headers)
    _show(decoded(answer), as_json)


@app.command("list")
def list_versions(agency: Agency, as_json: Json = False) -> None:
    """Versi-versi suatu instansi · The versions of an agency."""
    items, cursor = list[dict[str, Any]](), "0"
    with client() as rancak:
        while cursor is not None:
            page = rancak.get(_path(agency), {"cursor": cursor})
            items += page["items"]
            cursor = page["next"]
    console = Console()
    if as_json:
        console.print_json(data=items)
        return
    table = Table()
    for heading in ("version", "valid_from", "bobot · weights", "tambahan · extra"):
        table.add_column(heading)
    for item in items:
        weights = {element["weight"] for element in item["elements"]}
        own = " ".join(element["weight"] for element in item["elements"])
        extra = " ".join(element["code"] for element in item["extra"])
        table.add_row(
            item["version"], item["valid_from"], own if len(weights) > 1 else weights.pop(), extra
        )
    console.print(table if items else "Hanya nasional.1 · Only nasional.1")


@app.command()
def show(
    agency: Agency,
    version: Annotated[str, typer.Argument(help="dpmptsp.2 | nasional.1")],
    as_json: Json = False,
) -> None:
    """Satu versi lengkap · One version in full."""
    with client() as rancak:
        found = rancak.get(f"{_path(agency)}/{version}")
    _show(found, as_json)


def _path(agency: str) -> str:
    return f"/v1/agencies/{agency}/questionnaires"


def _show(questionnaire: dict[str, Any], as_json: bool) -> None:
    console = Console()
    if as_json:
        console.print_json(data=questionnaire)
        return
    version, start = questionnaire["version"], questionnaire["valid_from"]
    table = Table(title=f"{version}, berlaku mulai · valid from {start}")
    for heading in HEADINGS:
        table.add_column(heading)
    for element in (*questionnaire["elements"], *questionnaire["extra"]):
        table.add_row(
            f"{element['code']}\n[dim]{element['name']['id']}[/]",
            element["weight"] or "di luar IKM",
            element["question"]["id"],
            element["question"]["en"],
        )
    console.print(table)
