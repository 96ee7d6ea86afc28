"""`rancak up`: its options. What it runs is imported when it is called."""

from pathlib import Path
from typing import Annotated

import typer


def up(
    port: Annotated[int, typer.Option(help="Porta · Port.")] = 8000,
    host: Annotated[str, typer.Option(help="Alamat · Address to listen on.")] = "127.0.0.1",
    data: Annotated[Path, typer.Option(help="Folder data · Data folder.")] = Path(".rancak"),
    ephemeral: Annotated[
        bool, typer.Option(help="Data sementara, dihapus saat berhenti · Throw the data away.")
    ] = False,
    demo: Annotated[
        bool, typer.Option(help="Lalu isi dengan kota simulasi · Then live through rancak demo.")
    ] = False,
    log_level: Annotated[str, typer.Option(help="debug | info | warning | error")] = "warning",
) -> None:
    """Jalankan semuanya di mesin ini · Run everything on this machine, until Ctrl-C."""
    from deploy.local import run

    run(host, port, data=None if ephemeral else data, log_level=log_level, demo=demo)
