"""`rancak notify`: serve and migrate. Each command imports what it needs when it is called."""

import typer

app = typer.Typer(help="Memberi kabar · Delivers events.", no_args_is_help=True)


@app.command()
def serve(host: str = "127.0.0.1", port: int = 8003) -> None:
    """Jalankan layanan · Run the service until it is told to stop."""
    from services.notify.app import build, check
    from services.notify.settings import Settings
    from shared.serve import read_settings, serve_app

    settings = read_settings(Settings)
    serve_app(
        build(settings),
        check(settings),
        service="notify",
        host=host,
        port=port,
        level=settings.log_level,
    )


@app.command()
def migrate() -> None:
    """Mutakhirkan skema basis data · Bring the database schema up to date."""
    from services.notify import migrations
    from services.notify.settings import Settings
    from shared.serve import read_settings

    migrations.upgrade(read_settings(Settings).notify_database_url)
    typer.echo(f"notify: {migrations.newest()}")
