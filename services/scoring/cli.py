"""`rancak scoring`: serve and migrate."""

import typer

from services.scoring import migrations
from services.scoring.app import build
from services.scoring.settings import Settings
from shared.serve import read_settings, serve_app

app = typer.Typer(help="Menghitung indeks · Counts the index.", no_args_is_help=True)


@app.command()
def serve(host: str = "127.0.0.1", port: int = 8002) -> None:
    """Jalankan layanan · Run the service until it is told to stop."""
    settings = read_settings(Settings)
    serve_app(build(settings), service="scoring", host=host, port=port, level=settings.log_level)


@app.command()
def migrate() -> None:
    """Mutakhirkan skema basis data · Bring the database schema up to date."""
    migrations.upgrade(read_settings(Settings).scoring_database_url)
    typer.echo(f"scoring: {migrations.newest()}")
