"""Issue and revoke API keys: the row and its event in one transaction; the secret is shown once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.store import registry as store
from services.intake.store.tables import api_key
from services.intake.usecases.registry import SOURCE, UnknownAgency
from shared import auth, log
from shared.auth import NewKey
from shared.contracts import registry
from shared.contracts.cloudevent import new_event

_ADMIN_EXISTS = text(
    "SELECT EXISTS (SELECT FROM api_key WHERE NOT revoked AND 'admin' = ANY(scopes))"
)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as it may be shown: never its secret."""

    id: str
    agency: str | None
    scopes: list[str]
    mode: str


async def issue(
    connection: AsyncConnection,
    *,
    agency: str | None,
    scopes: Sequence[str],
    mode: registry.Mode,
    now: datetime,
) -> NewKey:
    """Make a key. Raises UnknownAgency."""
    if agency is not None and await store.find(connection, "agency", agency) is None:
        raise UnknownAgency(agency)
    key = auth.new_key(mode)
    issued = registry.KeyIssued(
        id=key.id, agency=agency, scopes=sorted(scopes), mode=mode, secret_hash=key.secret_hash
    )
    sequence = await _announce(connection, registry.KEY_ISSUED, issued, now)
    await auth.store_issued(connection, issued, sequence)
    return key


async def revoke(connection: AsyncConnection, key_id: str, *, now: datetime) -> None:
    """Make a key unusable, here at once and in the other services with the event."""
    revoked = registry.KeyRevoked(id=key_id)
    sequence = await _announce(connection, registry.KEY_REVOKED, revoked, now)
    await auth.store_revoked(connection, revoked, sequence)


async def keys_of(connection: AsyncConnection, agency: str | None) -> list[KeyRow]:
    """The usable keys of an agency, or all of them."""
    query = select(api_key.c.id, api_key.c.agency, api_key.c.scopes, api_key.c.mode)
    query = query.where(~api_key.c.revoked).order_by(api_key.c.sequence)
    if agency is not None:
        query = query.where(api_key.c.agency == agency)
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
    connection: AsyncConnection, event_type: str, data: msgspec.Struct, now: datetime
) -> int:
    head = (await log.lock(connection, [registry.TOPIC]))[registry.TOPIC]
    sequence = head.sequence + 1
    event = new_event(
        event_type=event_type, event_id=f"key-{sequence}", source=SOURCE, time=now, data=data
    )
    await log.write(connection, {registry.TOPIC: head}, {registry.TOPIC: [event]})
    return sequence
