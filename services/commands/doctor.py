"""`rancak doctor`: what stands between this installation and work, one line each."""

from typing import Annotated

import typer
from rich.console import Console

from services.commands.client import client

SERVICES = ("intake", "scoring", "notify")
Json = Annotated[bool, typer.Option("--json", help="Satu objek JSON · One JSON object.")]


def doctor(as_json: Json = False) -> None:
    """Periksa instalasi · Check that all three services are ready; exit code 1 when one is not."""
    found: dict[str, dict[str, str]] = {}
    with client() as rancak:
        for service in SERVICES:
            answer = rancak.try_send("GET", f"/{service}/readyz")
            body = answer.json() if "json" in answer.headers.get("content-type", "") else {}
            found[service] = body.get("checks", {"http": f"status {answer.status_code}"})
    console = Console()
    if as_json:
        console.print_json(data=found)
    else:
        for service, checks in found.items():
            for check, state in checks.items():
                mark = "[green]baik · ok[/]" if state == "ok" else f"[red]{state}[/]"
                console.print(f"{service:8} {check:10} {mark}")
    if any(state != "ok" for checks in found.values() for state in checks.values()):
        raise typer.Exit(1)
