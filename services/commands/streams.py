"""`rancak streams`: head, applied, waiting and dead of every stream, from PostgreSQL."""

import time
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from services.commands.client import Client, client

PUBLISHERS = ("intake", "scoring")
CONSUMERS = ("scoring", "notify")
Json = Annotated[bool, typer.Option("--json", help="Satu larik JSON · One JSON array.")]
Watch = Annotated[bool, typer.Option("--watch", help="Perbarui terus · Keep refreshing.")]


def streams(as_json: Json = False, watch: Watch = False) -> None:
    """Posisi setiap aliran · Where every stream stands: head = applied + waiting + dead."""
    console = Console()
    with client() as rancak:
        if as_json:
            console.print_json(data=positions(rancak))
        elif watch:
            with Live(console=console, auto_refresh=False) as live:
                while True:
                    live.update(_table(positions(rancak)), refresh=True)
                    time.sleep(1)
        else:
            console.print(_table(positions(rancak)))


def positions(rancak: Client) -> list[dict[str, Any]]:
    """The contract's shape: per stream its head and where each consumer stands."""
    consumers: dict[str, list[dict[str, Any]]] = {}
    for name in CONSUMERS:
        for item in rancak.get(f"/{name}/v1/streams/consumed")["items"]:
            consumers.setdefault(item.pop("stream"), []).append(item)
    published = [
        item for name in PUBLISHERS for item in rancak.get(f"/{name}/v1/streams/published")["items"]
    ]
    return [
        {**item, "consumers": consumers.get(item["stream"], [])}
        for item in sorted(published, key=lambda item: str(item["stream"]))
    ]


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(title="Aliran · Streams")
    for heading in (
        "stream",
        "head",
        "in Redis",
        "consumer",
        "applied",
        "waiting",
        "dead",
        "age s",
    ):
        table.add_column(heading, justify="left" if heading in {"stream", "consumer"} else "right")
    for row in rows:
        first = [row["stream"], f"{row['head']:,}", f"{row['published'] or 0:,}"]
        for consumer in row["consumers"] or [{}]:
            numbers = [f"{consumer.get(key, 0):,}" for key in ("applied", "waiting", "dead")]
            age = consumer.get("oldest_s")
            table.add_row(
                *first, consumer.get("name", "–"), *numbers, "" if age is None else str(age)
            )
            first = ["", "", ""]
    return table
