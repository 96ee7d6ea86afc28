"""`rancak report`: the survey report of a scope and period into a file."""

import json
import time
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from services.commands.client import Client, client, decoded, explain, refusal_of, stop
from services.commands.index import Live, Period, Population, Scope
from services.commands.report_inputs import template

POLL_S = 0.25
# A restart of the server loses what it was making; and where several processes serve, most of them
# do not know the job. Then the report is waited for in one request.
ATTEMPTS = 2
WAIT_S = 120


class Format(StrEnum):
    """What can be made; `sheet` is the one-page public sheet."""

    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"
    SHEET = "sheet"
    SHEET_HTML = "sheet-html"


ENDINGS = {Format.SHEET: "pdf", Format.SHEET_HTML: "html"}
Into = Annotated[Path | None, typer.Option("--output", "-o", help="Berkas · File to write.")]
Given = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        help="Rencana tindak lanjut, forum, cara survei (TOML atau JSON) · What the agency adds.",
    ),
]
Template = Annotated[
    bool,
    typer.Option("--inputs-template", help="Contoh kosong untuk --inputs · An empty one."),
]


def report(
    scope: Scope,
    period: Period,
    format: Annotated[Format, typer.Option(help="Bentuk · Kind of document.")] = Format.PDF,
    lang: Annotated[str, typer.Option(help="id | en")] = "id",
    population: Population = None,
    *,
    live: Live = False,
    inputs: Given = None,
    inputs_template: Template = False,
    output: Into = None,
    as_json: Annotated[bool, typer.Option("--json", help="Satu objek JSON.")] = False,
) -> None:
    """Laporan survei kepuasan (SKM) · The regulation's survey report."""
    view = "live" if live else "public"
    if inputs_template:
        with client(needs_key=live) as rancak:
            found = rancak.get("/v1/index", {"scope": scope, "period": period, "view": view})
        typer.echo(template(found), nl=False)
        return
    order: dict[str, Any] = {
        "scope": scope,
        "period": period,
        "format": format.value,
        "lang": lang,
        "view": view,
        "population": population,
        "inputs": None if inputs is None else _read(inputs),
    }
    with client(needs_key=live or inputs is not None) as rancak:
        answer = made(rancak, order, show=not as_json)
    file = output or Path(_name(scope, period, format))
    file.write_bytes(answer.content)
    if as_json:
        Console().print_json(data={"file": str(file), "bytes": len(answer.content)})
    else:
        Console().print(f"{file}  {len(answer.content):,} byte", highlight=False)


def _read(file: Path) -> Any:
    try:
        text = file.read_text("utf-8")
        given = json.loads(text) if file.suffix.lower() == ".json" else tomllib.loads(text)
    except (OSError, UnicodeDecodeError, ValueError) as fault:
        stop(f"{file}: tidak dapat dibaca · cannot be read: {fault}")
    # TOML has dates of its own; JSON has them as text.
    return json.loads(json.dumps(given, default=str))


def made(rancak: Client, order: dict[str, Any], *, show: bool) -> httpx.Response:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not show) as bar:
        for _ in range(ATTEMPTS):
            if (file := _asked_for(rancak, order, bar)) is not None:
                return file
        bar.add_task("Laporan sedang disusun · Making the report", total=None)
        waiting = {"Prefer": f"wait={WAIT_S}"}
        answer = rancak.send(
            "POST", "/v1/reports/skm", json=order, headers=waiting, timeout=WAIT_S + 10
        )
    if answer.status_code == httpx.codes.ACCEPTED:
        stop("Laporan belum jadi; coba lagi nanti · The report takes long; try again later")
    return answer


def _asked_for(rancak: Client, order: dict[str, Any], bar: Progress) -> httpx.Response | None:
    """The file, or None if the server lost it."""
    started = decoded(rancak.send("POST", "/v1/reports/skm", json=order))
    job = _watched(rancak, started, bar)
    if job is None:
        return None
    if job["problem"]:
        stop(f"{job['problem']['title']} ({job['problem']['code']})")
    file = rancak.try_send("GET", job["file"])
    if _is_lost(file):
        return None
    return file if file.is_success else stop(explain(file))


def _watched(rancak: Client, job: dict[str, Any], bar: Progress) -> dict[str, Any] | None:
    """The job when it has ended, or None if the server does not know it any more."""
    task = bar.add_task("Menunggu giliran · Waiting for its turn", total=None)
    path = f"/v1/reports/jobs/{job['id']}"
    while job["state"] not in {"done", "failed"}:
        time.sleep(POLL_S)
        answer = rancak.try_send("GET", path)
        if _is_lost(answer):
            bar.remove_task(task)
            return None
        if answer.is_error:
            stop(explain(answer))
        job = dict(decoded(answer))
        if job["progress"]:
            _show(bar, task, job["progress"])
    bar.update(task, total=1, completed=1)
    return job


def _show(bar: Progress, task: Any, progress: dict[str, Any]) -> None:
    text, part, parts = progress["text"], progress["part"], progress["parts"]
    if part is not None:
        text += f" {part}" if parts is None else f" {part}/{parts}"
    done = progress["step"] - 1 + (part / parts if parts else 0)
    bar.update(task, description=text, completed=done, total=progress["of"])


def _is_lost(answer: httpx.Response) -> bool:
    return answer.status_code == httpx.codes.NOT_FOUND and refusal_of(answer).code == "unknown_job"


def _name(scope: str, period: str, format: Format) -> str:
    ending = ENDINGS.get(format, format.value)
    kind = "-lembar" if format in ENDINGS else ""
    return f"skm-{scope.replace(':', '-')}-{period}{kind}.{ending}"
