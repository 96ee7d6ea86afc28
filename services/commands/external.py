"""`rancak external`: surveys outside Rancak, as agencies report them; never part of the index."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from services.commands.client import client, decoded, stop
from shared.contracts.feedback import AGGREGATED

Json = Annotated[bool, typer.Option("--json", help="Satu objek JSON · One JSON object.")]
Scope = Annotated[str, typer.Argument(help="city | agency:X | service:X.Y")]
File = Annotated[
    Path,
    typer.Argument(
        exists=True,
        dir_okay=False,
        help='{"scope": "agency:X", "period": "2026-Q3", "method": …, "weight_method": "exact", '
        '"n": 120, "elements": {"time": {"n": 120, "sum": 402}, …}}',
    ),
]
Withdraw = Annotated[
    bool, typer.Option("--withdraw", help="Tarik laporan ini · Withdraw this report.")
]

app = typer.Typer(
    help="Hasil survei di luar Rancak · Surveys outside Rancak.", no_args_is_help=True
)


@app.command("post")
def post(file: File, withdraw: Withdraw = False, as_json: Json = False) -> None:
    """Laporkan jumlah per unsur · Report the sums per element; a later report replaces this one."""
    data = _read(file)
    if withdraw:
        data["withdrawn"] = True
    event = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": f"/agencies/{_agency_of(data)}",
        "type": AGGREGATED,
        "time": datetime.now(UTC).isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }
    headers = {"Content-Type": "application/cloudevents+json"}
    with client(needs_key=True) as rancak:
        sent = rancak.send(
            "POST", "/v1/events", content=msgspec.json.encode(event), headers=headers
        )
    result = decoded(sent)["results"][0]
    if as_json:
        Console().print_json(data=result)
    else:
        Console().print(f"{result['status']} {result['stream']}:{result['sequence']}")


@app.command("list")
def list_reports(scope: Scope = "city", as_json: Json = False) -> None:
    """Semua laporan, juga yang sudah diganti · All reports, also those replaced."""
    items: list[dict[str, Any]] = []
    asked = {"scope": scope, "limit": "1000"}
    with client() as rancak:
        while True:
            page = rancak.get("/v1/external", asked)
            items += page["items"]
            if page["next"] is None:
                break
            asked["cursor"] = page["next"]
    console = Console()
    if as_json:
        console.print_json(data={"items": items})
    else:
        console.print(external_table(items))


def external_table(items: list[dict[str, Any]]) -> Table:
    """Reports as a table that says what they are."""
    table = Table(
        title="Hasil survei di luar Rancak, dilaporkan instansi; tidak digabung\n"
        "Surveys outside Rancak, reported by the agency; not combined"
    )
    for heading in ("Lingkup · Scope", "Masa · Period", "Metode · Method"):
        table.add_column(heading)
    for heading in ("n", "Indeks", "Diumumkan · Published"):
        table.add_column(heading, justify="right")
    table.add_column("Keadaan · State")
    for each in items:
        published = each["published"] or "–"
        table.add_row(
            each["scope"],
            each["period"],
            f"{each['method']} ({each['weight_method']})",
            f"{each['n']:,}",
            f"{each['index']} {each['class']}",
            f"[yellow]{published} ≠[/]" if each["differs"] else published,
            each["state"],
        )
    return table


def _read(file: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.MsgspecError):
        stop(f"{file} is not a readable JSON object.")


def _agency_of(data: dict[str, Any]) -> str:
    """Of the scope; a wrong one is refused by the server, which says what is wrong with it."""
    return str(data.get("scope", "")).partition(":")[2].partition(".")[0]
