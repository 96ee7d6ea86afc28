"""`rancak intake`: serve, migrate, and the first admin key.

Each command imports what it needs when it is called, or every `rancak` would load three services.
"""

import asyncio

import typer

app = typer.Typer(help="Menerima peristiwa · Accepts events.", no_args_is_help=True)


@app.command()
def serve(host: str = "127.0.0.1", port: int = 8001) -> None:
    """Jalankan layanan · Run the service until it is told to stop."""
    from services.intake.app import build, check
    from services.intake.settings import Settings
    from shared.serve import read_settings, serve_app

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
    from services.intake import migrations
    from services.intake.settings import Settings
    from shared.serve import read_settings

    migrations.upgrade(read_settings(Settings).intake_database_url)
    typer.echo(f"intake: {migrations.newest()}")


@app.command("admin-key")
def admin_key() -> None:
    """Buat kunci admin pertama; ditampilkan sekali · Make the first admin key; shown once."""
    from services.intake.app import check
    from services.intake.settings import Settings
    from services.intake.usecases.keys import issue_first_admin_key
    from shared import database
    from shared.serve import read_settings

    settings = read_settings(Settings)

    async def first_key() -> str | None:
        await check(settings)
        engine = database.engine(settings.intake_database_url, pool=1)
        try:
            async with engine.begin() as connection:
                return await issue_first_admin_key(connection)
        finally:
            await engine.dispose()

    key = asyncio.run(first_key())
    if key is None:
        typer.echo("Sudah ada kunci admin · There is an admin key already", err=True)
        raise typer.Exit(1)
    typer.echo(key)
