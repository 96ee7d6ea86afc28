"""`rancak agency|service|place|key add|list`: the registry by HTTP."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from services.commands.client import Client, client

Json = Annotated[bool, typer.Option("--json", help="Keluaran JSON · JSON output.")]
Name = Annotated[str, typer.Option(help="Nama resmi · Official name.")]
Zone = Annotated[str | None, typer.Option(help="Asia/Jakarta, Asia/Makassar, Asia/Jayapura")]
Code = Annotated[str, typer.Argument(help="huruf kecil, angka, - · lower-case letters, digits, -")]

agency = typer.Typer(help="Instansi · Agencies.", no_args_is_help=True)
service = typer.Typer(help="Layanan · Services.", no_args_is_help=True)
place = typer.Typer(help="Tempat · Places.", no_args_is_help=True)
key = typer.Typer(help="Kunci API · API keys.", no_args_is_help=True)


@agency.command("add")
def add_agency(
    code: Code,
    name: Name,
    kind: Annotated[
        str, typer.Option(help="dinas, kecamatan, kelurahan, rsud, bumd, vertical, other")
    ] = "dinas",
    timezone: Zone = None,
    as_json: Json = False,
) -> None:
    """Daftarkan atau ubah instansi · Register or change an agency."""
    _put(f"/v1/agencies/{code}", {"name": name, "kind": kind, "timezone": timezone}, as_json)


@agency.command("list")
def list_agencies(as_json: Json = False) -> None:
    """Semua instansi · All agencies."""
    _show("/v1/agencies", ("code", "name", "kind", "timezone"), as_json)


@place.command("add")
def add_place(
    code: Code,
    name: Name,
    kind: Annotated[str, typer.Option(help="mpp, office, online, mobile")] = "office",
    timezone: Zone = None,
    as_json: Json = False,
) -> None:
    """Daftarkan atau ubah tempat · Register or change a place."""
    _put(f"/v1/places/{code}", {"name": name, "kind": kind, "timezone": timezone}, as_json)


@place.command("list")
def list_places(as_json: Json = False) -> None:
    """Semua tempat · All places."""
    _show("/v1/places", ("code", "name", "kind", "timezone"), as_json)


@service.command("add")
def add_service(
    code: Annotated[str, typer.Argument(help="<instansi>.<layanan> · <agency>.<service>")],
    name: Name,
    valid_from: Annotated[str | None, typer.Option(help="2026-01-01")] = None,
    valid_until: Annotated[str | None, typer.Option(help="2026-12-31")] = None,
    successor: Annotated[str | None, typer.Option(help="<instansi>.<layanan>")] = None,
    as_json: Json = False,
) -> None:
    """Daftarkan atau ubah layanan · Register or change a service."""
    body = {
        "name": name,
        "valid_from": valid_from,
        "valid_until": valid_until,
        "successor": successor,
    }
    _put(f"/v1/services/{code}", body, as_json)


@service.command("list")
def list_services(as_json: Json = False) -> None:
    """Semua layanan · All services."""
    _show("/v1/services", ("code", "name", "valid_from", "valid_until", "successor"), as_json)


@key.command("add")
def add_key(
    scope: Annotated[list[str], typer.Option(help="events:write, import:write, index:live, …")],
    agency_code: Annotated[str | None, typer.Option("--agency", help="Kode instansi")] = None,
    test: Annotated[bool, typer.Option(help="Kunci coba-coba · A sandbox key")] = False,
    as_json: Json = False,
) -> None:
    """Buat kunci; ditampilkan sekali saja · Make a key; it is shown only once."""
    body = {"agency": agency_code, "scopes": scope, "mode": "test" if test else "live"}
    with client() as rancak:
        made = rancak.send("POST", "/v1/keys", json=body).json()
    console = Console(soft_wrap=True)
    if as_json:
        console.print_json(data=made)
    else:
        console.print(f"id   {made['id']}\nkey  {made['key']}", highlight=False)
        console.print(
            "Simpan sekarang, tidak ditampilkan lagi · Keep it now, it is not shown again"
        )


@key.command("list")
def list_keys(as_json: Json = False) -> None:
    """Kunci yang berlaku · Usable keys."""
    _show("/v1/keys", ("id", "agency", "scopes", "mode"), as_json)


@key.command("revoke")
def revoke_key(key_id: str) -> None:
    """Cabut kunci · Revoke a key."""
    with client() as rancak:
        rancak.send("DELETE", f"/v1/keys/{key_id}")
    Console().print(f"{key_id}: dicabut · revoked")


def _put(path: str, body: dict[str, Any], as_json: bool) -> None:
    given = {name: value for name, value in body.items() if value is not None}
    with client() as rancak:
        row = rancak.send("PUT", path, json=given).json()
    console = Console()
    if as_json:
        console.print_json(data=row)
    else:
        console.print(f"{row['code']}: {row['name']}", highlight=False)


def _show(path: str, columns: tuple[str, ...], as_json: bool) -> None:
    console = Console()
    with client() as rancak:
        items = all_items(rancak, path)
    if as_json:
        console.print_json(data=items)
        return
    table = Table()
    for column in columns:
        # A code or id is there to be copied: the others give way.
        table.add_column(column, overflow="fold", no_wrap=column == columns[0])
    for item in items:
        table.add_row(*(_text(item.get(column)) for column in columns))
    console.print(table)


def all_items(rancak: Client, path: str) -> list[dict[str, Any]]:
    """The items of all pages of a list."""
    items: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = rancak.get(path, {"limit": "1000"} | ({"cursor": cursor} if cursor else {}))
        items += page["items"]
        cursor = page["next"]
    return items


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value or "")
