"""Read what citizens wrote: the agency's own officer in full, anybody else redacted.

Whatever is confidential, and the agency's answers (they repeat what was complained of), is the
officer's alone.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.domain.redaction import redacted
from shared.contracts import complaints
from shared.log import notes, read
from shared.log.notes import Note
from shared.sealing import Sealer


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """A text and where it comes from. `at`: its time; its day alone for who is not the officer.

    `sequence` and `reference` (of a complaint) are told to the officer alone.
    """

    type: str
    service: str
    at: str
    sequence: int | None
    reference: str | None
    text: str
    redacted: bool


class Page(msgspec.Struct, frozen=True):
    """Newest first. `next` null: there are no older ones. A page may be empty and not the last."""

    items: Sequence[Comment]
    next: str | None


class _Data(msgspec.Struct):
    service: str
    reference: str | None = None
    confidential: bool = False


class _Event(msgspec.Struct):
    type: str
    time: datetime
    day: str
    data: _Data


_EVENT = msgspec.json.Decoder(_Event)


async def comments_of(
    connection: AsyncConnection,
    service: str,
    stream: str,
    sealer: Sealer,
    *,
    is_officer: bool,
    before: int | None,
    most: int,
) -> Page:
    """The texts about a service among the next `most` of its agency's stream, older than `before`.

    Raises CannotUnseal.
    """
    found = await notes.before(connection, stream, before, most)
    items: list[Comment] = []
    async for note, event in _with_events(connection, found):
        if event.data.service == service and (is_officer or _may_be_shown(event)):
            text = sealer.unseal(note.sealed, note.context).decode()
            items.append(_comment(note, event, text, is_officer=is_officer))
    return Page(items, str(found[-1].sequence) if len(found) == most else None)


def _may_be_shown(event: _Event) -> bool:
    return event.type != complaints.ANSWERED and not event.data.confidential


def _comment(note: Note, event: _Event, text: str, *, is_officer: bool) -> Comment:
    return Comment(
        type=event.type,
        service=event.data.service,
        at=event.time.isoformat() if is_officer else event.day,
        sequence=note.sequence if is_officer else None,
        reference=event.data.reference if is_officer else None,
        text=text if is_officer else redacted(text),
        redacted=not is_officer,
    )


async def _with_events(
    connection: AsyncConnection, found: Sequence[Note]
) -> AsyncIterator[tuple[Note, _Event]]:
    """Each note with its event; a run is read once for all notes in it."""
    first, events = 0, list[bytes]()
    for note in found:
        if not first <= note.sequence < first + len(events):
            runs = await read.runs_between(
                connection, note.stream, note.sequence - 1, note.sequence
            )
            first, events = runs[0].first, runs[0].events()
        yield note, _EVENT.decode(events[note.sequence - first])
