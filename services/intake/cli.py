"""`rancak intake`: serve and migrate."""

import typer

from services.intake import migrations
from services.intake.app import build, check
from services.intake.settings import Settings
from shared.serve import read_settings, serve_app

app = typer.Typer(help="Menerima peristiwa · Accepts events.", no_args_is_help=True)


@app.command()
def serve(host: str = "127.0.0.1", port: int = 8001) -> None:
    """Jalankan layanan · Run the service until it is told to stop."""
    settings = read_settings(Settings)
    serve_app(
        build(settings),
        check(settings),
        service="intake",
        host=host,
        port=port,
        level=settings.log_level,
    )


@app.command()
def migrate() -> None:
    """Mutakhirkan skema basis data · Bring the database schema up to date."""
    migrations.upgrade(read_settings(Settings).intake_database_url)
    typer.echo(f"intake: {migrations.newest()}")
