"""`rancak import`: send a CSV or XLSX file, watch it, and show what became of its rows."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from services.commands.client import Client, client, decoded, stop

POLL_S = 0.25
MEDIA_TYPES = {
    ".csv": "text/csv",
    ".tsv": "text/csv",
    ".txt": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
UPLOAD_S = 330  # the server gives an upload 300 seconds

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV atau XLSX")]
Agency = Annotated[str | None, typer.Option(help="Kode instansi · Whose answers (admin key).")]
Service = Annotated[str | None, typer.Option(help="Layanan semua baris · Service of all rows.")]
ServiceColumn = Annotated[str | None, typer.Option(help="Kolom loket · Column with the counter.")]
General = Annotated[
    str | None, typer.Option(help="Layanan untuk baris tanpa loket · Service of rows without one.")
]
Create = Annotated[
    bool,
    typer.Option("--create-services", help="Daftarkan yang belum ada · Register missing ones."),
]
Place = Annotated[str | None, typer.Option(help="Kode tempat · Where the answers were given.")]
Series = Annotated[str, typer.Option(help="imported | agency | assisted")]
Map = Annotated[
    list[str] | None, typer.Option("--map", help="unsur=kolom, mis. complaints=U8; boleh diulang")
]
Preset = Annotated[str | None, typer.Option(help="skm-app: U8 = complaints, U9 = facilities")]
Column = Annotated[str | None, typer.Option(help="Kepala kolom · A column's header; - = none.")]
Label = Annotated[
    str | None, typer.Option(help="Membedakan berkas dengan baris yang mungkin sama.")
]
Encoding = Annotated[str | None, typer.Option(help="utf-8 (default) | cp1252")]
Delimiter = Annotated[str | None, typer.Option(help="auto | comma | semicolon | tab | pipe")]
Sheet = Annotated[str | None, typer.Option(help="Lembar XLSX · Default: the first.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Periksa saja · Check, count nothing.")]
Json = Annotated[bool, typer.Option("--json", help="Satu objek JSON · One JSON object.")]


def import_file(
    *,
    file: File,
    agency: Agency = None,
    service: Service = None,
    service_column: ServiceColumn = None,
    general_service: General = None,
    create_services: Create = False,
    place: Place = None,
    series: Series = "imported",
    map_: Map = None,
    preset: Preset = None,
    date_column: Column = None,
    id_column: Column = None,
    sex_column: Column = None,
    age_column: Column = None,
    education_column: Column = None,
    occupation_column: Column = None,
    disability_column: Column = None,
    label: Label = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Impor jawaban survei; berkas yang sama boleh dikirim lagi, tidak ada yang terhitung dua kali.

    Import survey answers; the same file may be sent again, nothing is counted twice.

    Kode keluar 1 bila ada baris yang ditolak · Exit code 1 if rows were refused.
    """
    options: dict[str, Any] = {
        "agency": agency,
        "service": service,
        "service_column": service_column,
        "general_service": general_service,
        "create_services": create_services or None,
        "place": place,
        "series": series,
        "map": map_,
        "preset": preset,
        "date_column": date_column,
        "id_column": id_column,
        "sex_column": sex_column,
        "age_column": age_column,
        "education_column": education_column,
        "occupation_column": occupation_column,
        "disability_column": disability_column,
        "label": label,
        "encoding": encoding,
        "delimiter": delimiter,
        "sheet": sheet,
        "dry_run": dry_run or None,
    }
    with client(needs_key=True) as rancak:
        started = _upload(rancak, file, options)
        job = _watch(rancak, started, show=not as_json)
    _show(job, as_json)
    if job["state"] != "done" or job["refused"]:
        raise typer.Exit(1)


def _upload(rancak: Client, file: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    media_type = MEDIA_TYPES.get(file.suffix.lower())
    if media_type is None:
        stop(f"{file.name}: kirim .csv atau .xlsx · send a .csv or .xlsx file")
    given = {name: value for name, value in options.items() if value is not None}
    with file.open("rb") as content:
        answer = rancak.send(
            "POST",
            "/v1/imports",
            params=given,
            content=content,
            headers={"Content-Type": media_type},
            timeout=UPLOAD_S,
        )
    return dict(decoded(answer))


def _watch(rancak: Client, started: Mapping[str, Any], *, show: bool) -> dict[str, Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    progress = Progress(
        *columns, TimeElapsedColumn(), console=Console(stderr=True), disable=not show
    )
    with progress:
        task = progress.add_task("Mengimpor · Importing", total=started["total"])
        while True:
            job = dict(rancak.get(f"/v1/imports/{started['id']}"))
            progress.update(task, completed=job["done"])
            if job["state"] in {"done", "failed"}:
                return job
            time.sleep(POLL_S)


def _show(job: Mapping[str, Any], as_json: bool) -> None:
    console = Console(soft_wrap=as_json)
    if as_json:
        console.print_json(data=job)
        return
    console.print(_services(job))
    for header, values in job["unrecognised"].items():
        shown = ", ".join(f"{value} ({count:,})" for value, count in values.items())
        console.print(Text(f"Tidak dikenali · Not recognised in {header}: {shown}", "yellow"))
    if job["refusals"]:
        console.print(_refusals(job))
    if job["refused"] > len({one["row"] for one in job["refusals"]}):
        console.print(f"Semua yang ditolak · All refused rows: {job['report']}")
    if job["problem"]:
        console.print(Text(f"Gagal · Failed: {job['problem']['message']}", "red"))
    if job["dry_run"]:
        console.print(Text("Hanya diperiksa · Checked only, nothing was counted", "bold"))


def _services(job: Mapping[str, Any]) -> Table:
    table = Table(show_footer=True)
    rows = f"{job['done']:,} / {job['total']:,}"
    table.add_column("Layanan · Service", footer=rows, overflow="fold", min_width=20)
    for heading, name in (
        ("Diterima\nAccepted", "accepted"),
        ("Sudah ada\nAlready known", "duplicate"),
        ("Ditolak\nRefused", "refused"),
    ):
        table.add_column(heading, justify="right", footer=f"{job[name]:,}")
    for service, counts in sorted(job["per_service"].items()):
        numbers = (counts["accepted"], counts["duplicate"], counts["refused"])
        table.add_row(service, *(f"{number:,}" for number in numbers))
    return table


def _refusals(job: Mapping[str, Any]) -> Table:
    table = Table()
    for heading in ("Baris · Row", "Kolom · Column", "Alasan · Reason"):
        table.add_column(heading)
    for one in job["refusals"]:
        table.add_row(str(one["row"]), Text(one["column"]), one["message"])
    return table
