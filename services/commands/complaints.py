"""`rancak complaints` and `rancak complaint`: how complaints are dealt with, and one of them."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.commands.client import client
from services.commands.deadlines import Service, clock_days, count, print_flags
from services.commands.index import MISSING, Json, Live, Period, Scope, called, say_if_example

Reference = Annotated[str, typer.Argument(help="Nomor pengaduan · The agency's reference")]
_ROWS: Mapping[str, str] = {
    "filed": "Masuk · Filed",
    "anonymous": "Tanpa nama · Anonymous",
    "confidential": "Dirahasiakan · Confidential",
    "rejected": "Ditolak · Rejected",
    "archived": "Diarsipkan · Archived",
    "closed": "Selesai · Closed",
    "reopened": "Dibuka kembali · Reopened",
    "waiting": "Menunggu instansi · Waiting for the agency",
    "overdue": "Lewat tenggat · Overdue",
}
_CLOCKS: Mapping[str, str] = {
    "verify": "Verifikasi · Verified",
    "first_reply": "Balasan pertama · First reply",
    "resolve": "Penyelesaian · Settled",
    "silence": "Ditutup bila diam · Closed by silence",
}
_FORMS: Mapping[str | None, str] = {
    "no_service": "Tidak memberikan pelayanan · No service",
    "undue_delay": "Penundaan berlarut · Undue delay",
    "procedure_deviation": "Penyimpangan prosedur · Deviation from procedure",
    "impropriety": "Tidak patut · Impropriety",
    "incompetence": "Tidak kompeten · Incompetence",
    "abuse_of_authority": "Penyalahgunaan wewenang · Abuse of authority",
    "demand_for_payment": "Permintaan imbalan · Demand for payment",
    "discrimination": "Diskriminasi · Discrimination",
    "partiality": "Berpihak · Partiality",
    "conflict_of_interest": "Konflik kepentingan · Conflict of interest",
    None: "Tanpa bentuk maladministrasi · None of these",
}


def complaints(scope: Scope, period: Period, live: Live = False, as_json: Json = False) -> None:
    """Pengaduan menurut bentuk dan tenggat · Complaints by form and by clock."""
    asked = {"scope": scope, "period": period, "view": "live" if live else "public"}
    with client(needs_key=live) as rancak:
        answer = rancak.get("/v1/complaints", asked)
    console = Console()
    if as_json:
        console.print_json(data=answer)
        return
    say_if_example(console, answer)
    console.print(Text(f"{called(answer)} · {answer['period']}", "bold"))
    console.print(_figures(answer))
    console.print(_by_clock(answer["by_clock"]))
    console.print(_by_form(answer["by_form"]))


def complaint(reference: Reference, service: Service = None, as_json: Json = False) -> None:
    """Satu pengaduan dan tenggatnya · One complaint, its clocks day by day."""
    with client(needs_key=True) as rancak:
        asked = {"service": service} if service else {}
        answer = rancak.get(f"/v1/complaints/{reference}", asked)
    console = Console()
    if as_json:
        console.print_json(data=answer)
        return
    console.print(Text(f"{answer['service']} · {answer['reference']}", "bold"))
    console.print(Text(f"{answer['state']} · {answer['category']}", "cyan"))
    for clock in answer["clocks"]:
        _print_clock(console, clock)
    print_flags(console, answer)


def _print_clock(console: Console, clock: dict[str, Any]) -> None:
    reckoned = clock["reckoned"]
    line = Text(f"\n{_CLOCKS[clock['name']]} ({clock['round']}): ")
    if reckoned is None:
        line.append("hari libur belum ditetapkan · its holidays are not decreed yet")
        console.print(line)
        return
    line.append(f"{reckoned['number']} {reckoned['unit']} ({reckoned['basis']}), ")
    is_missed = clock["name"] != "silence" and reckoned["is_late"]
    line.append(reckoned["due_at"], "red" if is_missed else "green")
    console.print(line)
    console.print(clock_days(reckoned))


def _figures(answer: dict[str, Any]) -> Table:
    table = Table(show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, label in _ROWS.items():
        table.add_row(label, count(answer[name]))
    return table


def _by_clock(clocks: dict[str, Any]) -> Table:
    table = Table()
    for heading in ("Tenggat · Clock", "Tepat · In time", "Terlambat · Late", "%"):
        table.add_column(heading)
    for name, figures in clocks.items():
        share = figures["share_in_time"] or MISSING
        table.add_row(_CLOCKS[name], count(figures["in_time"]), count(figures["late"]), share)
    return table


def _by_form(forms: list[dict[str, Any]]) -> Table:
    table = Table()
    for heading in ("Bentuk · Form", "Masuk · Filed", "Menunggu · Waiting"):
        table.add_column(heading)
    for each in forms:
        table.add_row(_FORMS[each["form"]], count(each["filed"]), count(each["waiting"]))
    return table
