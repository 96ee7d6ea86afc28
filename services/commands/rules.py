"""`rancak rules`: the rules of alerts, and a rule tried on the past."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.commands.client import client, decoded, stop
from services.commands.index import MISSING, Json

COLOURS = {"serious": "bold red", "warning": "yellow", "notice": "dim"}
RuleOrFile = Annotated[
    str, typer.Argument(help="Nama aturan, atau berkas JSON · A rule's name, or a JSON file")
]
Days = Annotated[int, typer.Option(min=1, max=366, help="Berapa hari · How many days back.")]
Where = Annotated[str | None, typer.Option("--scope", help="city | agency:X | service:X.Y")]

app = typer.Typer(help="Aturan peringatan · The rules of alerts.", no_args_is_help=True)


@app.command("list")
def list_rules(as_json: Json = False) -> None:
    """Semua aturan · All rules: from where on, until when, how often by chance."""
    with client() as rancak:
        answer = rancak.get("/v1/rules")
    console = Console()
    if as_json:
        console.print_json(data=answer)
        return
    table = Table()
    for heading in ("Aturan · Rule", "Mulai · From", "Selesai · Until", "n ≥"):
        table.add_column(heading)
    table.add_column("Alarm palsu · False alarms")
    for rule in answer["items"]:
        table.add_row(
            Text.assemble(
                (f"{rule['name']}/{rule['version']}\n", "bold"),
                f"{rule['words']['id']}\n",
                (rule["words"]["en"], "dim"),
            ),
            "\n".join(f"{level['value']} {level['severity']}" for level in rule["levels"]),
            rule["clear_at"],
            str(rule["least_n"]),
            f"{rule['false_alarms']} / {rule['step']}" if rule["false_alarms"] else MISSING,
        )
    console.print(table)


@app.command("test")
def test_rule(
    rule: RuleOrFile, days: Days = 90, scope: Where = None, as_json: Json = False
) -> None:
    """Coba aturan pada masa lalu · When a rule would have fired. Nobody is told."""
    asked = {"rule": _rule(rule), "days": days, "scope": scope}
    with client(needs_key=True) as rancak:
        answer = decoded(rancak.send("POST", "/v1/rules/test", json=asked))
    console = Console()
    if as_json:
        console.print_json(data=answer)
        return
    fired, units, false = (answer[key] for key in ("fired", "units", "false_alarms_per_month"))
    console.print(
        f"Dalam {days} hari terakhir aturan ini menyala {fired} kali di {units} unit; "
        f"alarm palsu sekitar {false} per bulan"
    )
    console.print(
        f"In the last {days} days this rule would have fired {fired} times in {units} units; "
        f"about {false} false alarms a month",
        style="dim",
    )
    if answer["items"]:
        console.print(_table(answer["items"]))


def _rule(named: str) -> Any:
    """The name of a rule, or what a file says."""
    file = Path(named)
    if not file.is_file():
        return named
    try:
        return msgspec.json.decode(file.read_bytes())
    except (OSError, msgspec.DecodeError) as trouble:
        stop(f"{file} is not a JSON file that can be read ({type(trouble).__name__}).")


def _table(firings: list[dict[str, Any]]) -> Table:
    table = Table()
    table.add_column("Dari · From")
    table.add_column("Sampai · Until")
    table.add_column("Peringatan · Alert")
    for each in firings:
        table.add_row(
            each["raised_at"][:16],
            (each["cleared_at"] or MISSING)[:16],
            Text.assemble(
                (f"{each['alert']} ({each['severity']})\n", COLOURS[each["severity"]]),
                f"{each['words']['id']}\n",
                (each["words"]["en"], "dim"),
            ),
        )
    return table
