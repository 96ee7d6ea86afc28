"""Subscriptions: rows of one tenant each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notify.store.tables import subscription

_COLUMNS = """tenant, id, channel, types, scope, watches, endpoint, host, sealed_url,
    sealed_secret, state, reason, created_at, failing_since"""
_FIND = text(f"""
    SELECT {_COLUMNS} FROM subscription
    WHERE tenant = :tenant AND id = :id AND state <> 'deleted'
""")
_LIST = text(f"""
    SELECT {_COLUMNS} FROM subscription
    WHERE tenant = :tenant AND state <> 'deleted' AND (
        CAST(:after AS text) IS NULL OR (created_at, id) > (
            SELECT created_at, id FROM subscription WHERE tenant = :tenant AND id = :after
        )
    )
    ORDER BY created_at, id LIMIT :limit
""")
_COUNT = text("SELECT count(*) FROM subscription WHERE tenant = :tenant AND state <> 'deleted'")
# Whoever resumes a disabled one says that the receiver works again.
_CHANGE = text("""
    UPDATE subscription SET
        failing_since = CASE WHEN state = 'disabled' THEN NULL ELSE failing_since END,
        state = :state, reason = NULL
    WHERE tenant = :tenant AND id = :id AND state <> 'deleted'
""")
# The rows of its deliveries are purged later, in pieces; where it went and its secret go at once.
_DELETE = text("""
    UPDATE subscription SET state = 'deleted', sealed_url = '', sealed_secret = '', host = ''
    WHERE tenant = :tenant AND id = :id AND state <> 'deleted'
""")


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription as stored; URL and secret are sealed."""

    tenant: str
    id: str
    channel: str
    types: Sequence[str]
    scope: str | None
    watches: str
    endpoint: bytes
    host: str
    sealed_url: bytes
    sealed_secret: bytes
    state: str
    reason: str | None
    created_at: datetime
    failing_since: datetime | None


async def add(connection: AsyncConnection, new: Subscription) -> None:
    """Store a new subscription."""
    values = {name: getattr(new, name) for name in Subscription.__slots__}
    await connection.execute(insert(subscription), values)


async def find(
    connection: AsyncConnection, tenant: str, subscription_id: str
) -> Subscription | None:
    """One subscription of the tenant, or None."""
    row = (await connection.execute(_FIND, {"tenant": tenant, "id": subscription_id})).one_or_none()
    return Subscription(*row) if row else None


async def listed(
    connection: AsyncConnection, tenant: str, *, after: str | None, limit: int
) -> Sequence[Subscription]:
    """The tenant's subscriptions in order of creation, behind the one with the id `after`."""
    values = {"tenant": tenant, "after": after, "limit": limit}
    return [Subscription(*row) for row in await connection.execute(_LIST, values)]


async def count(connection: AsyncConnection, tenant: str) -> int:
    """How many subscriptions the tenant has."""
    return int(await connection.scalar(_COUNT, {"tenant": tenant}) or 0)


async def change_state(
    connection: AsyncConnection, tenant: str, subscription_id: str, state: str
) -> bool:
    """Pause or resume; answers whether there is such a subscription."""
    values = {"tenant": tenant, "id": subscription_id, "state": state}
    return (await connection.execute(_CHANGE, values)).rowcount == 1


async def delete(connection: AsyncConnection, tenant: str, subscription_id: str) -> bool:
    """Make a subscription disappear; answers whether there was one."""
    values = {"tenant": tenant, "id": subscription_id}
    return (await connection.execute(_DELETE, values)).rowcount == 1
