"""Registers the benchmark's city: agencies, services, a place, and a key for every agency."""

from datetime import UTC, datetime

import msgspec
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.city import AGENCIES, PLACE, SERVICES
from services.intake.store import tables
from services.intake.store.streams import streams_of
from shared import log
from shared.auth import new_key, store_issued
from shared.contracts import registry
from shared.contracts.cloudevent import new_event
from shared.log.streams import ensure_streams

SCOPES = ["events:write", "index:live", "registry:write"]
THE_PLATFORM = ""  # whose key sees every scope


async def seed(connection: AsyncConnection, partitions: int) -> dict[str, str]:
    """Store the registry with its events in one transaction.

    Answers the agencies' keys, and one of the platform that sees everything live.
    """
    await ensure_streams(connection, streams_of(partitions))
    facts: list[tuple[str, msgspec.Struct]] = []
    facts += [(registry.AGENCY_REGISTERED, _agency(code)) for code in AGENCIES]
    facts += [(registry.PLACE_REGISTERED, _place())]
    facts += [(registry.SERVICE_REGISTERED, _service(code)) for code in SERVICES]
    keys: dict[str, str] = {}
    for agency in (*AGENCIES, THE_PLATFORM):
        made = new_key("live")
        issued = registry.KeyIssued(
            id=made.id,
            agency=agency or None,
            scopes=SCOPES,
            mode="live",
            secret_hash=made.secret_hash,
        )
        await store_issued(connection, issued, 1)
        facts.append((registry.KEY_ISSUED, issued))
        keys[agency] = made.key
    await _store(connection)
    await log.append(connection, {registry.TOPIC: [_event(*fact) for fact in facts]})
    return keys


async def _store(connection: AsyncConnection) -> None:
    agencies = [{"code": c, "name": c, "kind": "dinas", "sequence": 1} for c in AGENCIES]
    services = [
        {"code": c, "agency": c.partition(".")[0], "name": c, "sequence": 1} for c in SERVICES
    ]
    await connection.execute(insert(tables.agency), agencies)
    await connection.execute(insert(tables.service), services)
    place = {"code": PLACE, "name": PLACE, "kind": "mpp", "sequence": 1}
    await connection.execute(insert(tables.place), [place])


def _agency(code: str) -> registry.AgencyRegistered:
    return registry.AgencyRegistered(code=code, name=code, kind="dinas")


def _place() -> registry.PlaceRegistered:
    return registry.PlaceRegistered(code=PLACE, name=PLACE, kind="mpp")


def _service(code: str) -> registry.ServiceRegistered:
    return registry.ServiceRegistered(code=code, name=code)


def _event(event_type: str, data: msgspec.Struct) -> bytes:
    return new_event(
        event_type=event_type,
        event_id=f"bench-{id(data)}",
        source="/rancak",
        time=datetime.now(UTC),
        data=data,
    )
