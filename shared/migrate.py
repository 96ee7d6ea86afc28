"""Alembic over asyncpg: numbered, forward-only migrations of one service's schema."""

import asyncio
from pathlib import Path

from alembic import command, context
from alembic.config import Config
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import Connection

from shared.database import engine


def upgrade(url: SecretStr | str, migrations: Path) -> None:
    """Bring the schema of a service to its newest revision. Not inside an event loop."""
    asyncio.run(_upgrade(url, migrations))


def newest(migrations: Path) -> str:
    """The newest revision that the code knows."""
    head = ScriptDirectory.from_config(_config(migrations)).get_current_head()
    if head is None:
        raise LookupError(f"no migrations in {migrations.name}")
    return head


def run_in_context() -> None:
    """What a service's `env.py` does: migrate on the connection that `upgrade` opened."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


async def _upgrade(url: SecretStr | str, migrations: Path) -> None:
    config = _config(migrations)
    database = engine(url, pool=1, statement_s=600, lock_s=60)
    try:
        async with database.connect() as connection:
            await connection.run_sync(_run, config)
            await connection.commit()
    finally:
        await database.dispose()


def _run(connection: Connection, config: Config) -> None:
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config(migrations: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    return config
