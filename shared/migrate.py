"""Alembic over asyncpg: numbered, forward-only migrations of one service's schema.

Alembic is imported where it works: a service that starts only asks which revision is the newest.
"""

import asyncio
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Connection

from shared.database import engine


def upgrade(url: SecretStr | str, migrations: Path) -> None:
    """Bring the schema of a service to its newest revision. Not inside an event loop."""
    asyncio.run(_upgrade(url, migrations))


def newest(migrations: Path) -> str:
    """The newest revision that the code knows: the number that its file begins with."""
    return max(path.name.partition("_")[0] for path in (migrations / "versions").glob("[0-9]*.py"))


def run_in_context() -> None:
    """What a service's `env.py` does: migrate on the connection that `upgrade` opened."""
    from alembic import context

    connection: Connection = context.config.attributes["connection"]
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


async def _upgrade(url: SecretStr | str, migrations: Path) -> None:
    database = engine(url, pool=1, statement_s=600, lock_s=60)
    try:
        async with database.connect() as connection:
            await connection.run_sync(_run, migrations)
            await connection.commit()
    finally:
        await database.dispose()


def _run(connection: Connection, migrations: Path) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
