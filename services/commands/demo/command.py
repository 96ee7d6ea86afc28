"""`rancak demo`: a simulated city lives through a year, and says what was planted in it."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from services.commands.client import Client, client, explain, stop
from services.commands.registry import all_items
from services.scoring.domain.publication.cells import LIMIT_WITHIN_AGENCY

if TYPE_CHECKING:
    from services.commands.demo.city import City
    from services.commands.demo.year import Options, Year

FIRST_YEAR = 2025  # the standards of the example hold from its first working day on
SAYS_SO = "Kota simulasi: contoh, bukan data resmi · A simulated city, not official"

Seed = Annotated[int, typer.Option(help="Benih · The same seed, the same city.")]
Answers = Annotated[int, typer.Option(min=0, max=2_000_000, help="Jawaban survei · Answers.")]
Applications = Annotated[int, typer.Option(min=0, max=500_000, help="Permohonan · Applications.")]
YearOption = Annotated[
    int | None,
    typer.Option("--year", min=FIRST_YEAR, help="Tahun · Default: the last whole year."),
]
Days = Annotated[int, typer.Option(min=1, max=365, help="Hari sejak 1 Januari · Days of it.")]
Only = Annotated[
    list[str] | None, typer.Option("--only", help="Instansi ini saja · This agency; repeatable.")
]
Mix = Annotated[
    bool,
    typer.Option("--yes-mix", help="Walau ada instansi sungguhan · Beside agencies that are real."),
]
Json = Annotated[bool, typer.Option("--json", help="Satu objek JSON · One JSON object.")]


def demo(
    seed: Seed = 1,
    answers: Answers = 60_000,
    applications: Applications = 12_000,
    year: YearOption = None,
    days: Days = 365,
    *,
    only: Only = None,
    yes_mix: Mix = False,
    as_json: Json = False,
) -> None:
    """Kota simulasi menjalani setahun, bertanda contoh · A simulated city lives through a year.

    Sekitar 60 instansi, 11 kecamatan, dan MPP; dikirim ulang, tidak ada yang terhitung dua kali ·
    About 60 agencies; the same again adds nothing twice.
    """
    from services.commands.demo.year import Options

    now = datetime.now(UTC)
    agencies = tuple(sorted(set(only or ())))
    options = Options(seed, year or now.year - 1, days, answers, applications, agencies)
    console = Console(stderr=as_json, soft_wrap=True, highlight=False)
    console.print(Text(SAYS_SO, "bold yellow"))
    with client(needs_key=True) as rancak:
        if not yes_mix:
            _refuse_to_mix(rancak)
        city, told = _simulated(options, now)
        _register(rancak, city, console)
        statuses, is_counted = _live_through(rancak, told, options, console)
    if as_json:
        Console(soft_wrap=True).print_json(data=_summary(options, told, statuses, is_counted))
    else:
        _tell(rancak.endpoint.url, options, city, told, statuses, console=console)
    if not is_counted:
        stop("Not everything is counted yet. Look at: rancak streams, rancak doctor")


def _refuse_to_mix(rancak: Client) -> None:
    real = [each["code"] for each in all_items(rancak, "/v1/agencies") if not each["example"]]
    if real:
        stop(
            f"Di sini ada {len(real)} instansi sungguhan ({', '.join(real[:3])} …); simulasi akan "
            f"tercampur dengan angkanya. · {len(real)} agencies here are real; the simulation "
            "would mix with their figures. Use a fresh installation (rancak up --ephemeral), "
            "or say --yes-mix."
        )


def _simulated(options: "Options", now: datetime) -> tuple["City", "Year"]:
    from services.commands.catalogue import files
    from services.commands.demo.city import UnknownAgency, city_of
    from services.commands.demo.year import simulate
    from services.scoring.domain.calendar import CalendarTooShort
    from services.scoring.domain.clock.worktime import WIB, WorkTime
    from services.scoring.usecases.work_calendar import national_calendar

    try:
        city = city_of(files.read(files.EXAMPLE), options.only, options.seed)
        return city, simulate(options, city, WorkTime.of(WIB, national_calendar()), now)
    except UnknownAgency as unknown:
        stop(f"No such agency in the example: {unknown} (rancak catalogue example)")
    except CalendarTooShort as short:
        stop(f"The holidays of {short.year} are not decreed yet: choose an earlier --year.")


def _register(rancak: Client, city: "City", console: Console) -> None:
    """The catalogue of the city; what is there already stays as it is."""
    from services.commands.catalogue.check import check
    from services.commands.catalogue.plan import carry_out, known_to, plan

    known = known_to(rancak)
    entries, refused = check(city.rows, known, date.today())
    steps = plan(entries, known)
    with _progress(console) as progress:
        task = progress.add_task("Mendaftarkan · Registering", total=len(steps), note="")
        refused = [*refused, *carry_out(rancak, steps, lambda: progress.advance(task))]
    if refused:
        stop(f"{refused[0].kind} {refused[0].code}: {refused[0].reason}")


def _live_through(
    rancak: Client, told: "Year", options: "Options", console: Console
) -> tuple[Counter[str], bool]:
    """Send the year, then wait until it is counted; how many were new, and whether it was."""
    from services.commands.demo.sending import send, wait_for

    statuses: Counter[str] = Counter()
    with _progress(console) as progress:
        task = progress.add_task("Menjalani · Living through", total=len(told.told), note="")
        for sent in send(rancak, told.told):
            statuses += sent.statuses
            note = f"{sent.newest.at:%Y-%m-%d}"
            progress.update(task, advance=sent.statuses.total(), note=note)
        wanted = told.answers.total() + _shown(told.received.total())
        task = progress.add_task("Menghitung · Counting", total=wanted, note="")
        return statuses, wait_for(
            lambda: _counted(rancak, options.year),
            wanted,
            lambda count: progress.update(task, completed=count),
        )


def _counted(rancak: Client, year: int) -> int:
    """How many answers and applications of the year are counted. A new key may not be known yet."""
    asked = {"scope": "city", "period": str(year), "view": "live"}
    total = 0
    for path, member in (("/v1/index", "n"), ("/v1/deadlines", "received")):
        answer = rancak.try_send("GET", path, params=asked)
        if answer.status_code == 401:
            return 0
        if answer.is_error:
            stop(explain(answer))
        total += answer.json()[member] or 0
    return total


def _shown(received: int) -> int:
    """Of so few applications no number is told."""
    return received if received >= LIMIT_WITHIN_AGENCY else 0


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description:24}"), BarColumn(), MofNCompleteColumn())
    times = (TimeElapsedColumn(), TextColumn("ETA"), TimeRemainingColumn())
    return Progress(*columns, TextColumn("{task.fields[note]:10}"), *times, console=console)


def _summary(
    options: "Options", told: "Year", statuses: Mapping[str, int], is_counted: bool
) -> dict[str, Any]:
    return {
        "example": True,
        "year": options.year,
        "events": len(told.told),
        "accepted": statuses.get("accepted", 0),
        "duplicate": statuses.get("duplicate", 0),
        "answers": told.answers.total(),
        "applications": told.received.total(),
        "on_time": told.on_time.total(),
        "late": told.late.total(),
        "counted": is_counted,
    }


def _tell(
    url: str,
    options: "Options",
    city: "City",
    told: "Year",
    statuses: Mapping[str, int],
    *,
    console: Console,
) -> None:
    from services.commands.demo.story import planted

    console.print(
        f"{statuses.get('accepted', 0):,} peristiwa baru · new events, "
        f"{statuses.get('duplicate', 0):,} sudah ada · known before: "
        f"{told.answers.total():,} jawaban · answers, {told.received.total():,} permohonan · "
        f"applications ({told.late.total():,} terlambat · late), {len(city.agencies)} instansi · "
        f"agencies, {options.year}"
    )
    table = Table("Ditanam · Planted", "Di mana · Where to look", title=SAYS_SO)
    for fact in planted(options.year, city.agencies):
        where = "\n".join(url.rstrip("/") + each if each[0] == "/" else each for each in fact.look)
        table.add_row(f"{fact.indonesian}\n[dim]{fact.english}[/]", where)
    console.print(table)
    console.print("Angka publik menyusul dalam semenit · Public figures follow within a minute.")
    month = date(options.year, 1, 1) + timedelta(days=options.days - 1)
    for line in (
        f"{url.rstrip('/')}/   {url.rstrip('/')}/tempat/mpp",
        f"rancak ranking agency {options.year}",
        f"rancak report agency:disdukcapil {options.year} --format pdf",
        f"rancak deadlines city {month:%Y-%m}",
    ):
        console.print(line, style="cyan")
