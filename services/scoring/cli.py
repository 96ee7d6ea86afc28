"""`rancak scoring`: serve and migrate; `rancak rebuild` and `rancak verify`.

Each command imports what it needs when it is called.
"""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Satu objek JSON · One JSON object.")]
OnlyVerify = Annotated[
    bool, typer.Option("--verify", help="Bandingkan saja · Compare only, change nothing.")
]
OneFigure = Annotated[
    str | None,
    typer.Option("--figure", help="Satu angka saja, seperti f1042 · One figure, such as f1042."),
]

app = typer.Typer(help="Menghitung indeks · Counts the index.", no_args_is_help=True)


@app.command()
def serve(host: str = "127.0.0.1", port: int = 8002) -> None:
    """Jalankan layanan · Run the service until it is told to stop."""
    from services.scoring.app import build, check
    from services.scoring.settings import Settings
    from shared.serve import read_settings, serve_app

    settings = read_settings(Settings)
    serve_app(
        build(settings),
        check(settings),
        service="scoring",
        host=host,
        port=port,
        level=settings.log_level,
    )


@app.command()
def migrate() -> None:
    """Mutakhirkan skema basis data · Bring the database schema up to date."""
    from services.scoring import migrations
    from services.scoring.settings import Settings
    from shared.serve import read_settings

    migrations.upgrade(read_settings(Settings).scoring_database_url)
    typer.echo(f"scoring: {migrations.newest()}")


def rebuild(verify: OnlyVerify = False, as_json: Json = False) -> None:
    """Hitung ulang dari log · Count again from the log; the system goes on working meanwhile."""
    from services.scoring import checking

    if verify:
        checking.compare(as_json)
    else:
        checking.count_again(as_json)


def verify(figure: OneFigure = None, as_json: Json = False) -> None:
    """Periksa rantai hash dan hitungan · Check every hash chain, and rollups against the log."""
    from services.scoring import checking

    if figure is not None:
        checking.check_figure(figure, as_json)
    else:
        checking.check(as_json)
