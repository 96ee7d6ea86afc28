"""Issue and revoke API keys: the row and its event in one transaction; the secret is shown once."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

import msgspec
from sqlalchemy import ColumnElement, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.store import registry as store
from services.intake.store.tables import api_key
from services.intake.usecases.own_events import End, end_of, tell
from services.intake.usecases.registry import UnknownAgency
from shared import auth, log
from shared.auth import NewKey
from shared.contracts import registry

_ADMIN_EXISTS = text(
    "SELECT EXISTS (SELECT FROM api_key"
    " WHERE NOT revoked AND mode = 'live' AND 'admin' = ANY(scopes))"
)


class UnknownKey(LookupError):
    """No such key, or none that the one who asks may know of."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Which keys somebody may see and revoke; None = all of them."""

    agency: str | None = None
    mode: registry.Mode | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a row of `api_key` must satisfy."""
        found = [~api_key.c.revoked]
        if self.agency is not None:
            found.append(api_key.c.agency == self.agency)
        if self.mode is not None:
            found.append(api_key.c.mode == self.mode)
        return found


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A usable key as it may be shown: never its secret."""

    id: str
    agency: str | None
    scopes: list[str]
    mode: str
    sequence: int


async def issue(
    connection: AsyncConnection,
    *,
    agency: str | None,
    scopes: Sequence[str],
    mode: registry.Mode,
    now: datetime,
    correlation: str | None = None,
) -> NewKey:
    """Make a key. Raises UnknownAgency."""
    end = await end_of(connection, registry.TOPIC)
    if agency is not None and await store.find(connection, "agency", agency) is None:
        raise UnknownAgency(agency)
    key = auth.new_key(mode)
    issued = registry.KeyIssued(
        id=key.id, agency=agency, scopes=sorted(set(scopes)), mode=mode, secret_hash=key.secret_hash
    )
    await _announce(connection, end, registry.KEY_ISSUED, issued, now, correlation)
    await auth.store_issued(connection, issued, end.sequence)
    return key


async def revoke(
    connection: AsyncConnection,
    key_id: str,
    reach: Reach,
    *,
    now: datetime,
    correlation: str | None = None,
) -> None:
    """Make a key unusable, here at once and in the other services with the event.

    Raises UnknownKey. The lock comes first: two requests at once must make one event.
    """
    end = await end_of(connection, registry.TOPIC)
    usable = select(api_key.c.id).where(api_key.c.id == key_id, *reach.conditions())
    if await connection.scalar(usable) is None:
        raise UnknownKey(key_id)
    revoked = registry.KeyRevoked(id=key_id)
    await _announce(connection, end, registry.KEY_REVOKED, revoked, now, correlation)
    await auth.store_revoked(connection, revoked, end.sequence)


async def keys_of(
    connection: AsyncConnection, reach: Reach, *, after: int = 0, limit: int
) -> list[KeyRow]:
    """The usable keys within reach, oldest first, beginning after a sequence."""
    columns = [api_key.c[field.name] for field in fields(KeyRow)]
    query = select(*columns).where(api_key.c.sequence > after, *reach.conditions())
    query = query.order_by(api_key.c.sequence).limit(limit)
    return [KeyRow(*row) for row in await connection.execute(query)]


async def issue_first_admin_key(connection: AsyncConnection) -> str | None:
    """The first admin key of a new installation; None when there is one already."""
    await log.lock(connection, [registry.TOPIC])
    if await connection.scalar(_ADMIN_EXISTS):
        return None
    now = datetime.now(UTC)
    made = await issue(connection, agency=None, scopes=[auth.ADMIN], mode="live", now=now)
    return made.key


async def _announce(
    connection: AsyncConnection,
    end: End,
    event_type: str,
    data: msgspec.Struct,
    now: datetime,
    correlation: str | None,
) -> None:
    await tell(connection, end, event_type, data, about="key", now=now, correlation=correlation)
