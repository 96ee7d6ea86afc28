"""Take in what others published: each event becomes an item, and a delivery per subscription."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notify.domain.scope import scopes_of
from services.notify.store import items, tenancy
from services.notify.store.items import Item
from shared.log.read import with_place
from shared.log.run import Run


class _Subject(msgspec.Struct):
    """What an event is about, as far as its data says: its parts, or a scope as one text."""

    scope: str | None = None
    agency: str | None = None
    service: str | None = None
    place: str | None = None
    places: list[str] = []


class _Event(msgspec.Struct):
    type: str
    time: datetime
    data: _Subject
    correlationid: str | None = None


_DECODER = msgspec.json.Decoder(_Event)


async def receive(
    connection: AsyncConnection, runs: Sequence[Run], *, now: datetime, not_before: datetime
) -> None:
    """Store the runs' events and who shall get them. Raises msgspec.MsgspecError.

    Events from before `not_before` would be forgotten at once: a first start does not store them.
    """
    await tenancy.enter_all(connection)
    for run in runs:
        found = [item for item in _items_of(run) if item.time >= not_before]
        await items.add(connection, found)
        await items.fan_out(connection, run.stream, [item.sequence for item in found], now)


def _items_of(run: Run) -> list[Item]:
    return [_item(run, sequence, event) for sequence, event in enumerate(run.events(), run.first)]


def _item(run: Run, sequence: int, raw: bytes) -> Item:
    event = _DECODER.decode(raw)
    about = event.data
    if about.scope is not None:
        about = _of_scope(about.scope)
    agency = about.agency or (about.service or "").partition(".")[0] or None
    places = [about.place, *about.places] if about.place else about.places
    return Item(
        stream=run.stream,
        sequence=sequence,
        type=event.type,
        time=event.time,
        agency=agency,
        scopes=scopes_of(agency, about.service, places),
        correlation=event.correlationid,
        body=with_place(raw, run.stream, sequence, run.chain),
    )


def _of_scope(scope: str) -> _Subject:
    kind, _, code = scope.partition(":")
    return _Subject(
        agency=code if kind == "agency" else None,
        service=code if kind == "service" else None,
        place=code if kind == "place" else None,
    )
