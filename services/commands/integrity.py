"""`rancak integrity`: marks of answers that do not look like those of many citizens."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.commands.client import client
from services.commands.index import MISSING, Json, Period, Scope, called

SEVERITIES = {"strong": "bold red", "look": "yellow", "note": "dim"}


def integrity(scope: Scope, period: Period, as_json: Json = False) -> None:
    """Tanda integritas jawaban · Marks of integrity; they take nothing out of any figure."""
    with client(needs_key=True) as rancak:
        answer = rancak.get("/v1/integrity", {"scope": scope, "period": period})
    console = Console()
    if as_json:
        console.print_json(data=answer)
        return
    console.print(_headline(answer))
    if answer["items"]:
        console.print(_table(answer["items"]))
    else:
        console.print("Tidak ada tanda · No marks")


def _headline(answer: dict[str, Any]) -> Text:
    counts = {
        "jawaban · answers": "n",
        "nilai sama · equal scores": "straight",
        "semua 4 · all 4": "all_four",
        "diisikan petugas · by staff": "assisted",
    }
    parts = [f"{words} {_number(answer['answers'][key])}" for words, key in counts.items()]
    title = f"{called(answer)} · {answer['period']}\n"
    return Text.assemble((title, "bold"), (", ".join(parts), "dim"))


def _table(marks: list[dict[str, Any]]) -> Table:
    table = Table()
    table.add_column("Tanda · Mark")
    table.add_column("Irisan · Slice")
    table.add_column("p", justify="right")
    for mark in marks:
        words = mark["words"]
        table.add_row(
            Text.assemble(
                (f"{mark['kind']} ({mark['severity']})\n", SEVERITIES[mark["severity"]]),
                f"{words['id']}\n",
                (words["en"], "dim"),
            ),
            "\n".join(f"{name} {value}" for name, value in mark["slice"].items()),
            mark["p"],
        )
    return table


def _number(count: int | None) -> str:
    return MISSING if count is None else f"{count:,}"
