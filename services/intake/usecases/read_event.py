"""Read back one event that an agency sent."""

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.log import read
from shared.log.idempotency import event_key, recall


async def read_event(connection: AsyncConnection, agency: str, event_id: str) -> bytes | None:
    """The event as the log has it, with its place, or None."""
    key = (agency, event_key(event_id))
    found = (await recall(connection, [key])).get(key)
    return await read.event_at(connection, found.stream, found.sequence) if found else None
