"""`rancak deadlines` and `rancak application`: was it as fast as promised, and why."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.commands.client import client
from services.commands.index import MISSING, Json, Live, Period, Scope, called, say_if_example

BAR_WIDTH = 30
Reference = Annotated[str, typer.Argument(help="Nomor permohonan · The agency's reference")]
Service = Annotated[str | None, typer.Option(help="dpmptsp.nib: bila nomor dipakai dua layanan.")]
_ROWS = (
    ("received", "Diterima · Received"),
    ("decided", "Diputus · Decided"),
    ("on_time", "Tepat waktu · On time"),
    ("late", "Terlambat · Late"),
    ("unpromised", "Tanpa janji waktu · No time promised"),
    ("withdrawn", "Dicabut · Withdrawn"),
    ("paused", "Pernah berhenti · Paused"),
)
_COVERAGE = (
    ("invited", "Tautan survei diambil · Survey links fetched"),
    ("answered", "Menjawab lewat tautan · Answered by link"),
)


def deadlines(scope: Scope, period: Period, live: Live = False, as_json: Json = False) -> None:
    """Tepat waktu atau tidak · Whether a service is as fast as it promised."""
    asked = {"scope": scope, "period": period, "view": "live" if live else "public"}
    with client(needs_key=live) as rancak:
        answer = rancak.get("/v1/deadlines", asked)
    console = Console()
    if as_json:
        console.print_json(data=answer)
        return
    say_if_example(console, answer)
    console.print(_headline(answer))
    console.print(_figures(answer))
    console.print(_histogram(answer))
    console.print(_open(answer["open"]))


def application(reference: Reference, service: Service = None, as_json: Json = False) -> None:
    """Satu permohonan dan hitungan harinya · One application, its clock day by day."""
    with client(needs_key=True) as rancak:
        asked = {"service": service} if service else {}
        answer = rancak.get(f"/v1/applications/{reference}", asked)
    console = Console()
    if as_json:
        console.print_json(data=answer)
        return
    console.print(_story(answer))
    if answer["clock"]:
        console.print(clock_days(answer["clock"]))
    print_flags(console, answer)


def print_flags(console: Console, answer: dict[str, Any]) -> None:
    """What of the events of a case does not fit."""
    for flag in answer["flags"]:
        console.print(f"janggal · odd: {flag['code']} (#{flag['sequence']})", style="yellow")


def _headline(answer: dict[str, Any]) -> Text:
    headline = Text.assemble((f"{called(answer)} · {answer['period']}\n", "bold"))
    if answer["share_on_time"] is None:
        return headline.append("Tepat waktu: belum dapat ditunjukkan · On time: cannot be told")
    return headline.append(f"{answer['share_on_time']}% tepat waktu · on time", "bold green")


def _figures(answer: dict[str, Any]) -> Table:
    table = Table(show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, label in _ROWS:
        table.add_row(label, count(answer[name]))
    table.add_row("Rata-rata jam kerja · Mean working hours", answer["mean_hours"] or MISSING)
    median = answer["median_hours"]
    table.add_row("Separuhnya dalam · Half within", MISSING if median is None else f"≤ {median}")
    for name, label in _COVERAGE:
        table.add_row(label, count(answer["coverage"][name]))
    return table


def _histogram(answer: dict[str, Any]) -> Table:
    table = Table(title="Jam kerja sampai putusan · Working hours to the decision")
    table.add_column("≤", justify="right")
    table.add_column("n", justify="right")
    table.add_column("")
    most = max((each["n"] or 0 for each in answer["elapsed"]), default=0)
    for each in answer["elapsed"]:
        bar = "█" * round((each["n"] or 0) / most * BAR_WIDTH) if most else ""
        table.add_row(str(each["up_to"] or "∞"), count(each["n"]), Text(bar, "cyan"))
    return table


def _open(waiting: dict[str, Any]) -> Text:
    oldest = f", tertua · oldest {waiting['oldest']}" if waiting["oldest"] else ""
    text = Text(f"Menunggu putusan · Open: {count(waiting['n'])}{oldest}")
    return text.append(f"\nLewat waktu · Past their time: {count(waiting['late'])}", "yellow")


def _story(answer: dict[str, Any]) -> Text:
    story = Text.assemble((f"{answer['service']} · {answer['reference']}\n", "bold"))
    story.append(f"{answer['state']}", "cyan")
    clock = answer["clock"]
    if answer["calendar_ends"]:
        story.append("\nHari libur tahun itu belum ditetapkan · Its holidays are not decreed yet")
    elif clock is None:
        story.append("\nTanpa janji waktu · No time was promised")
    else:
        late = (" TERLAMBAT · LATE", "bold red") if clock["is_late"] else ("", "")
        due = clock["due_at"] or "jam berhenti · the clock stands"
        story.append(f"\n{clock['number']} {clock['unit']} ({clock['basis']}): {due}")
        story.append(*late)
    return story


def clock_days(clock: dict[str, Any]) -> Table:
    """A clock, day by day."""
    table = Table()
    for heading in ("Hari · Day", "Dihitung · Counted", "Alasan · Why", "Dasar · Basis"):
        table.add_column(heading)
    for day in clock["days"]:
        table.add_row(
            day["day"],
            str(day["counted"]),
            f"{day['text']['id']} · [dim]{day['text']['en']}[/]",
            f"[dim]{day['basis']}[/]",
        )
    return table


def count(n: int | None) -> str:
    """A number, or that it cannot be told."""
    return MISSING if n is None else f"{n:,}"
