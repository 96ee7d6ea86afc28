"""What is not kept for ever: old items with their deliveries, what deleted subscriptions left.

In pieces, so that no statement takes long.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

PIECE = 500
# Deliveries first: an item may have a thousand, and a cascade knows no pieces.
_OLD_DELIVERIES = text("""
    DELETE FROM delivery WHERE (tenant, id) IN (
        SELECT d.tenant, d.id
        FROM (SELECT stream, sequence FROM item WHERE at < :before ORDER BY at LIMIT :piece) AS old
        JOIN delivery d USING (stream, sequence) LIMIT :most
    )
    RETURNING state
""")
_OLD_ITEMS = text("""
    DELETE FROM item WHERE (stream, sequence) IN (
        SELECT stream, sequence FROM item WHERE at < :before ORDER BY at LIMIT :piece
    )
""")
_ENDED = text("""
    WITH ended AS (
        SELECT d.tenant, d.id, s.reason FROM subscription s
        JOIN delivery d ON d.tenant = s.tenant AND d.subscription = s.id
        WHERE s.state = 'disabled' AND d.state = 'waiting' LIMIT :piece
    )
    UPDATE delivery SET state = 'failed', reason = ended.reason FROM ended
    WHERE delivery.tenant = ended.tenant AND delivery.id = ended.id AND state = 'waiting'
""")
_ORPHANS = text("""
    DELETE FROM delivery WHERE (tenant, id) IN (
        SELECT d.tenant, d.id FROM subscription s
        JOIN delivery d ON d.tenant = s.tenant AND d.subscription = s.id
        WHERE s.state = 'deleted' LIMIT :piece
    )
""")
_EMPTY = text("""
    DELETE FROM subscription s WHERE state = 'deleted' AND NOT EXISTS (
        SELECT FROM delivery d WHERE d.tenant = s.tenant AND d.subscription = s.id
    )
""")
_OPEN = text("""
    SELECT 'waiting', count(*) FROM delivery WHERE state = 'waiting'
    UNION ALL SELECT 'sending', count(*) FROM delivery WHERE state = 'sending'
""")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows a piece deleted, and how many deliveries among them were still waiting."""

    rows: int
    waiting: int


async def forget_old(connection: AsyncConnection, before: datetime) -> Forgotten:
    """Delete a piece of the items from before, or of their deliveries."""
    values = {"before": before, "piece": PIECE}
    deleted = await connection.execute(_OLD_DELIVERIES, {**values, "most": 4 * PIECE})
    states = list(deleted.scalars())
    if states:
        return Forgotten(len(states), states.count("waiting"))
    return Forgotten((await connection.execute(_OLD_ITEMS, values)).rowcount, 0)


async def end_disabled(connection: AsyncConnection) -> int:
    """Mark what waits for a disabled subscription as failed, with its reason; answers how many."""
    return (await connection.execute(_ENDED, {"piece": PIECE})).rowcount


async def purge_deleted(connection: AsyncConnection) -> int:
    """Delete a piece of what deleted subscriptions left; answers how many rows."""
    gone = (await connection.execute(_ORPHANS, {"piece": PIECE})).rowcount
    return gone + (await connection.execute(_EMPTY)).rowcount


async def open_deliveries(connection: AsyncConnection) -> Mapping[str, int]:
    """How many deliveries wait and are being sent."""
    return {str(state): int(count) for state, count in await connection.execute(_OPEN)}
