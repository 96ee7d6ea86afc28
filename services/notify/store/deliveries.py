"""Deliveries as their subscriber sees them: the attempt log, and sending one again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

_COLUMNS = """d.id, d.state, d.reason, d.stream, d.sequence, i.type,
    CASE WHEN d.state = 'waiting' THEN d.due END"""
_LIST = text(f"""
    SELECT {_COLUMNS} FROM delivery d JOIN item i USING (stream, sequence)
    WHERE d.tenant = :tenant AND d.subscription = :subscription AND (
        CAST(:after AS text) IS NULL OR d.number < (
            SELECT number FROM delivery
            WHERE tenant = :tenant AND subscription = :subscription AND id = :after
        )
    )
    ORDER BY d.number DESC LIMIT :limit
""")
_FIND = text(f"""
    SELECT {_COLUMNS} FROM delivery d JOIN item i USING (stream, sequence)
    WHERE d.tenant = :tenant AND d.subscription = :subscription AND d.id = :id
""")
_ATTEMPTS = text("""
    SELECT a.delivery, a.at, a.state, a.status, a.error FROM attempt a
    WHERE a.tenant = :tenant AND a.delivery = ANY (:deliveries)
    ORDER BY a.delivery, a.number
""").bindparams(bindparam("deliveries", type_=ARRAY(Text)))
# One that waits for a retry keeps its place in the schedule; a finished one begins a new one.
_REPLAY = text("""
    UPDATE delivery SET due = :now, reason = NULL, state = 'waiting',
        failures = CASE WHEN state = 'waiting' THEN failures ELSE 0 END
    WHERE tenant = :tenant AND subscription = :subscription AND id = :id AND state <> 'sending'
""")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt; with neither status nor error it is under way, or its end is unknown."""

    at: datetime
    state: str
    status: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one subscription. `due` is the next attempt's time."""

    id: str
    state: str
    reason: str | None
    stream: str
    sequence: int
    type: str
    due: datetime | None


async def listed(
    connection: AsyncConnection, tenant: str, subscription: str, *, after: str | None, limit: int
) -> Sequence[Delivery]:
    """The newest deliveries first, behind the one with the id `after`."""
    values = {"tenant": tenant, "subscription": subscription, "after": after, "limit": limit}
    return [Delivery(*row) for row in await connection.execute(_LIST, values)]


async def find(
    connection: AsyncConnection, tenant: str, subscription: str, delivery: str
) -> Delivery | None:
    """One delivery, or None."""
    values = {"tenant": tenant, "subscription": subscription, "id": delivery}
    row = (await connection.execute(_FIND, values)).one_or_none()
    return Delivery(*row) if row else None


async def attempts_of(
    connection: AsyncConnection, tenant: str, deliveries: Sequence[str]
) -> Mapping[str, Sequence[Attempt]]:
    """All attempts of the given deliveries, oldest first."""
    found: dict[str, list[Attempt]] = {delivery: [] for delivery in deliveries}
    values = {"tenant": tenant, "deliveries": list(deliveries)}
    for delivery, *row in await connection.execute(_ATTEMPTS, values):
        found[delivery].append(Attempt(*row))
    return found


async def replay(
    connection: AsyncConnection, tenant: str, subscription: str, delivery: str, now: datetime
) -> bool:
    """Make a delivery due now; False when it is being sent at this moment."""
    values = {"tenant": tenant, "subscription": subscription, "id": delivery, "now": now}
    return (await connection.execute(_REPLAY, values)).rowcount == 1
