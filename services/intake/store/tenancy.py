"""For whom a transaction works: row-level security shows nothing until it has said so."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_ENTER = text("SELECT set_config('rancak.tenant', :value, true)")


async def enter(connection: AsyncConnection, tenant: str) -> None:
    """Work for one agency until this transaction ends."""
    await connection.execute(_ENTER, {"value": f"tenant:{tenant}"})


async def enter_all(connection: AsyncConnection) -> None:
    """Work for all agencies: the worker, and a request of an admin."""
    await connection.execute(_ENTER, {"value": "all"})
