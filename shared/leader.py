"""One process of a service leads, the others stand by: a lock that ends with its session."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_LOCK = text("SELECT pg_try_advisory_lock(hashtext(current_schema() || ' ' || :work))")
# It asks more often than that, and when its link is gone the server must not wait for it for
# hours, or nobody could lead.
_LIMIT = text("SET idle_session_timeout = '10s'")


@asynccontextmanager
async def leading(engine: AsyncEngine, work: str) -> AsyncIterator[AsyncConnection | None]:
    """The session that leads in this work until the block ends; None while another one does.

    Outside a transaction it must not rest for longer than some seconds.
    """
    async with engine.connect() as connection:
        is_leader = await connection.scalar(_LOCK, {"work": work})
        await connection.commit()
        if not is_leader:
            yield None
            return
        try:
            await connection.execute(_LIMIT)
            await connection.commit()
            yield connection
        finally:
            # The lock belongs to the session: back in the pool it would keep everybody out.
            await connection.invalidate()
