"""`rancak dead`: events that a consumer could not apply, their reason, and another try."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from services.commands.client import client
from services.commands.streams import CONSUMERS, Json

app = typer.Typer(help="Peristiwa yang disisihkan · Events set aside.", no_args_is_help=True)
Stream = Annotated[str, typer.Argument(help="feedback.3 | integrity:feedback.3")]
Sequence = Annotated[int, typer.Argument(min=1)]
Consumer = Annotated[str, typer.Option(help="scoring | notify")]


@app.command("list")
def list_letters(as_json: Json = False) -> None:
    """Daftar · List them."""
    letters = _letters()
    if as_json:
        Console().print_json(data=letters)
        return
    table = Table(title="Disisihkan · Set aside")
    for heading in ("consumer", "stream", "sequence", "attempts", "reason", "at"):
        table.add_column(heading)
    for letter in letters:
        table.add_row(*(str(value) for value in letter.values()))
    Console().print(table if letters else "Tidak ada · None")


@app.command()
def show(stream: Stream, sequence: Sequence, consumer: Consumer = "scoring") -> None:
    """Satu peristiwa dengan alasannya · One event with its reason."""
    with client() as rancak:
        letter = rancak.get(f"/{consumer}/v1/dead-letters/{stream}/{sequence}")
    Console().print_json(data=letter)


@app.command()
def retry(stream: Stream, sequence: Sequence, consumer: Consumer = "scoring") -> None:
    """Coba lagi · Apply it now, after the cause was mended."""
    with client() as rancak:
        rancak.send("POST", f"/{consumer}/v1/dead-letters/{stream}/{sequence}/retry")
    Console().print(f"{stream} {sequence}: applied")


def _letters() -> list[dict[str, Any]]:
    with client() as rancak:
        return [
            {"consumer": name, **letter}
            for name in CONSUMERS
            for letter in rancak.get(f"/{name}/v1/dead-letters")["items"]
        ]
