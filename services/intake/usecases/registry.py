"""Register agencies, places and services: the row and its event in one transaction."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.domain.registry import closes_a_circle, heirs, is_valid_on
from services.intake.store import registry as store
from services.intake.usecases.own_events import end_of, tell
from shared.contracts import registry

_CONTRACTS: Mapping[str, tuple[str, type[msgspec.Struct]]] = {
    "agency": (registry.AGENCY_REGISTERED, registry.AgencyRegistered),
    "place": (registry.PLACE_REGISTERED, registry.PlaceRegistered),
    "service": (registry.SERVICE_REGISTERED, registry.ServiceRegistered),
}


class UnknownAgency(LookupError):
    """A service or key was to be made for an agency that is not registered."""


class UnknownService(LookupError):
    """No such service is registered."""


class SuccessorCircle(ValueError):
    """A service would, over some steps, take over from itself."""


async def register(
    connection: AsyncConnection,
    kind: str,
    row: Mapping[str, Any],
    *,
    now: datetime,
    correlation: str | None = None,
) -> bool:
    """Make the registry say `row` (with `code`); answers whether that was new.

    Raises UnknownAgency for a service whose agency is not registered, and SuccessorCircle.
    """
    # The lock comes first: two equal requests at once must make one event.
    end = await end_of(connection, registry.TOPIC)
    if kind == "service" and await store.find(connection, "agency", row["agency"]) is None:
        raise UnknownAgency(row["agency"])
    if await store.find(connection, kind, row["code"]) == row:
        return False
    if successor := row.get("successor"):
        known = await store.successors(connection)
        if closes_a_circle(row["code"], successor, known):
            raise SuccessorCircle(row["code"])
    event_type, contract = _CONTRACTS[kind]
    await store.put(connection, kind, row, end.sequence)
    said, about = contract(**_plain(row, contract)), f"{kind}-{row['code']}"
    await tell(connection, end, event_type, said, about=about, now=now, correlation=correlation)
    return True


async def heir_on(connection: AsyncConnection, code: str, day: date) -> Mapping[str, Any] | None:
    """The first of a service's successors, at any remove, that is given on a day."""
    for heir in heirs(code, await store.successors(connection)):
        found = await store.find(connection, "service", heir)
        if found and is_valid_on(found["valid_from"], found["valid_until"], day):
            return found
    return None


def _plain(row: Mapping[str, Any], contract: type[msgspec.Struct]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in row.items()
        if name in contract.__struct_fields__
    }
