"""`rancak catalogue export | import | check | example`."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from services.commands.catalogue.rows import KINDS, Refused, Row, Unreadable
from services.commands.client import client, stop

if TYPE_CHECKING:
    from services.commands.catalogue.plan import Step

CITY = ZoneInfo("Asia/Jakarta")  # the service has the last word on which day it is
MOST_SHOWN = 50
TITLES = {
    "agencies": "instansi · agencies",
    "places": "tempat · places",
    "services": "layanan · services",
    "standards": "standar · standards",
}

catalogue = typer.Typer(
    help="Instansi, tempat, layanan, dan standarnya dalam satu berkas · The catalogue as a file.",
    no_args_is_help=True,
)
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=".yaml atau .xlsx")]
Target = Annotated[Path, typer.Argument(dir_okay=False, help=".yaml atau .xlsx")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Rencana saja · Show the plan only.")]
Json = Annotated[bool, typer.Option("--json", help="Satu objek JSON · One JSON object.")]


@catalogue.command()
def export(file: Target) -> None:
    """Tulis katalog yang berlaku ke berkas · Write what is registered to a file."""
    from services.commands.catalogue import files
    from services.commands.catalogue.plan import known_to, rows_of

    with client() as rancak:
        rows = rows_of(known_to(rancak))
    try:
        files.write(file, rows)
    except (Unreadable, OSError) as trouble:
        stop(f"{file.name}: {trouble}")
    counts = ", ".join(f"{len(rows[kind])} {TITLES[kind]}" for kind in KINDS)
    Console(soft_wrap=True).print(f"{file}: {counts}", highlight=False)


@catalogue.command("import")
def import_(file: File, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Daftarkan isi berkas; yang sama tidak berubah · Register a file; the same changes nothing.

    Bila satu baris saja salah, tidak ada yang dikirim · One bad row, and nothing is sent.
    """
    from services.commands.catalogue.check import check
    from services.commands.catalogue.plan import carry_out, known_to, plan

    rows = _read(file)
    with client(needs_key=not dry_run) as rancak:
        known = known_to(rancak)
        entries, refused = check(rows, known, _today())
        steps = plan(entries, known)
        if not as_json:
            _show_plan(rows, steps, refused)
        if steps and not refused and not dry_run:
            console = Console(stderr=True)
            with Progress(console=console, disable=as_json) as progress:
                task = progress.add_task("Mendaftarkan · Registering", total=len(steps))
                refused = carry_out(rancak, steps, lambda: progress.advance(task))
            if not as_json:
                _show_refused(refused)
    if as_json:
        Console(soft_wrap=True).print_json(data=_summary(rows, steps, refused, dry_run))
    elif dry_run:
        Console().print(Text("Hanya rencana · A plan only, nothing was sent", "bold"))
    if refused:
        raise typer.Exit(1)


@catalogue.command()
def check(file: File) -> None:
    """Periksa berkas tanpa server · Check a file alone, without a server."""
    from services.commands.catalogue.check import check as check_rows

    rows = _read(file)
    entries, refused = check_rows(rows, None, _today())
    _show_refused(refused)
    counts = Counter(entry.kind for entry in entries)
    told = ", ".join(f"{counts[kind]} {TITLES[kind]}" for kind in KINDS)
    Console(soft_wrap=True).print(f"Baik · Good: {told}", highlight=False)
    if refused:
        raise typer.Exit(1)


@catalogue.command()
def example() -> None:
    """Katalog contoh Kota Padang, bukan data resmi · An example, not official: > padang.yaml"""
    from services.commands.catalogue.files import EXAMPLE

    typer.echo(EXAMPLE.read_text(encoding="utf-8"), nl=False)


def _today() -> date:
    return datetime.now(CITY).date()


def _read(file: Path) -> list[Row]:
    from services.commands.catalogue import files

    try:
        return files.read(file)
    except (Unreadable, OSError) as trouble:
        stop(f"{file.name}: {trouble}")


def _show_plan(rows: Sequence[Row], steps: Sequence["Step"], refused: Sequence[Refused]) -> None:
    table = Table("", "Baru · New", "Berubah · Changed", "Tetap · Same", "Ditolak · Refused")
    for column in table.columns[1:]:
        column.justify = "right"
    for kind, counts in _counts(rows, steps, refused).items():
        table.add_row(TITLES[kind], *map(str, counts))
    console = Console(soft_wrap=True)
    console.print(table)
    changed = [step for step in steps if step.changed]
    for step in changed[:MOST_SHOWN]:
        entry = step.entry
        console.print(f"{entry.kind} {entry.code}: {', '.join(step.changed)}", highlight=False)
    if len(changed) > MOST_SHOWN:
        console.print(f"… +{len(changed) - MOST_SHOWN}", highlight=False)
    if any(row.values.get("example") for row in rows):
        console.print(Text("Memuat contoh, bukan data resmi · Has examples in it", "yellow"))
    _show_refused(refused)


def _show_refused(refused: Sequence[Refused]) -> None:
    if not refused:
        return
    table = Table("Tempat · Where", "Kode · Code", "Isian · Member", "Alasan · Reason")
    table.columns[0].no_wrap = True
    for one in refused:
        table.add_row(*map(Text, (one.place, one.code, one.pointer.lstrip("/"), one.reason)))
    Console().print(table)


def _counts(
    rows: Sequence[Row], steps: Sequence["Step"], refused: Sequence[Refused]
) -> dict[str, tuple[int, int, int, int]]:
    """Per kind how many are new, changed, the same and refused."""
    total = Counter(row.kind for row in rows)
    new = Counter(step.entry.kind for step in steps if not step.changed)
    changed = Counter(step.entry.kind for step in steps if step.changed)
    bad = Counter(kind for kind, _ in {(one.kind, one.place) for one in refused})
    return {
        kind: (
            new[kind],
            changed[kind],
            max(0, total[kind] - new[kind] - changed[kind] - bad[kind]),
            bad[kind],
        )
        for kind in KINDS
    }


def _summary(
    rows: Sequence[Row], steps: Sequence["Step"], refused: Sequence[Refused], dry_run: bool
) -> dict[str, Any]:
    names = ("new", "changed", "same", "refused")
    counts = {
        kind: dict(zip(names, numbers, strict=True))
        for kind, numbers in _counts(rows, steps, refused).items()
    }
    faults = [
        {
            "where": one.place,
            "kind": one.kind,
            "code": one.code,
            "pointer": one.pointer,
            "reason": one.reason,
        }
        for one in refused
    ]
    return {"counts": counts, "refused": faults, "dry_run": dry_run}
