"""`rancak performance`: what people felt of each service beside what was measured."""

from typing import Any

from rich.console import Console
from rich.table import Table

from services.commands.client import client
from services.commands.index import MISSING, Json, Live, Period, Scope, say_if_example

_VERDICTS = {
    "agrees": "",
    "too_few": "",
    None: "",
    "praised_but_late": "[red]dipuji, tetapi terlambat · praised but late[/]",
    "fast_but_disliked": "[yellow]cepat, tetapi tidak disukai · fast but disliked[/]",
    "free_but_felt_costly": "[red]gratis, tetapi dirasa berbayar · free but felt costly[/]",
}


def performance(scope: Scope, period: Period, live: Live = False, as_json: Json = False) -> None:
    """Kata warga dan kenyataan · What people felt and what was measured."""
    asked = {"scope": scope, "period": period, "view": "live" if live else "public"}
    with client(needs_key=live) as rancak:
        answer = rancak.get("/v1/performance", asked)
    console = Console()
    if as_json:
        console.print_json(data=answer)
        return
    say_if_example(console, answer)
    console.print(_table(answer))
    limits = answer["limits"]
    console.print(
        f"n ≥ {limits['fewest']} · {limits['content']} · "
        f"< {limits['late_below']} % · ≥ {limits['fast_from']} %",
        style="dim",
    )


def _table(answer: dict[str, Any]) -> Table:
    table = Table(title=f"{answer['scope']} · {answer['period']}")
    table.add_column("Layanan · Service", no_wrap=True)
    for heading in ("Waktu · Time", "Pengaduan · Complaints", "Biaya · Cost", ""):
        table.add_column(heading)
    for each in answer["items"]:
        time, complaints = _timely(each["time"]), _timely(each["complaints"])
        table.add_row(each["name"], time, complaints, _cost(each["cost"]), "\n".join(_said(each)))
    return table


def _timely(figures: dict[str, Any]) -> str:
    """The element's index, and the share in time."""
    share = figures["share_in_time"]
    return f"{figures['index'] or MISSING} / {MISSING if share is None else f'{share} %'}"


def _cost(figures: dict[str, Any]) -> str:
    fee = figures["fee"]
    return f"{figures['index'] or MISSING} / {MISSING if fee is None else f'Rp {fee:,}'}"


def _said(each: dict[str, Any]) -> list[str]:
    parts = {
        "Waktu · Time": each["time"],
        "Pengaduan · Complaints": each["complaints"],
        "Biaya · Cost": each["cost"],
    }
    said = {name: _VERDICTS[part["verdict"]] for name, part in parts.items()}
    return [f"{name}: {words}" for name, words in said.items() if words]
