"""One application as its agency sees it, explained day by day; and what is due next."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.application.facts import State
from services.scoring.domain.application.progress import state_at
from services.scoring.domain.calendar import CalendarTooShort
from services.scoring.domain.clock.due import Due
from services.scoring.domain.clock.explanation import explain
from services.scoring.store import applications as store
from services.scoring.store.applications import Row
from services.scoring.usecases.follow_applications import kept_facts, reckon
from services.scoring.usecases.promising import WorkTimes, promising

_START = datetime(1, 1, 1, tzinfo=UTC)
Case = TypeVar("Case")


class DayLine(msgspec.Struct, frozen=True):
    """One day of a clock: what of it counted (days, or minutes of a promise of hours), and why."""

    day: str
    counted: int
    why: str
    text: dict[str, str]
    basis: str


class ClockAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A promise and how it stands. `due_at` null: the clock stands now."""

    number: int
    unit: str
    basis: str
    started_at: str
    due_at: str | None
    is_late: bool
    elapsed: int | None
    remaining: int | None
    days: list[DayLine]


class StageAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch in one agency's hands; `agency` null: the owner of the service."""

    name: str
    agency: str | None
    since: str
    until: str | None


class FlagAnswer(msgspec.Struct, frozen=True):
    """A fact that does not fit: its sequence in the stream, and why."""

    sequence: int
    code: str


class ApplicationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An application by its facts and clocks. `clock` null: nothing was promised, or it has not
    begun; or `calendar_ends`: the calendar of working days does not reach so far."""

    service: str
    reference: str
    place: str | None
    state: State | None
    received_at: str | None
    registered_at: str | None
    decided_at: str | None
    clock: ClockAnswer | None
    calendar_ends: bool
    stages: list[StageAnswer]
    flags: list[FlagAnswer]
    as_of: str


class DueAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An open application whose time is up soon, or was."""

    service: str
    reference: str
    place: str | None
    state: str
    due_at: str
    is_late: bool


class SeveralServices(LookupError):
    """Several services of an agency use the same reference: say which."""


async def find(
    connection: AsyncConnection, reference: str, services: tuple[str, str]
) -> Row | None:
    """The application of that reference in a range of services. Raises SeveralServices."""
    return only(await store.named(connection, reference, services), reference)


def only(found: Sequence[Case], reference: str) -> Case | None:
    """The one case of that reference, if there is one. Raises SeveralServices."""
    if len(found) > 1:
        raise SeveralServices(reference)
    return found[0] if found else None


async def explained(
    connection: AsyncConnection, row: Row, times: WorkTimes, *, now: datetime
) -> ApplicationAnswer:
    """All that is known of an application."""
    held = await promising(connection, [row.service], times)
    reckoned = reckon(row.service, kept_facts(row.facts), held)
    application, clocks = reckoned.application, reckoned.clocks
    return ApplicationAnswer(
        service=row.service,
        reference=row.reference,
        place=application.place,
        state=state_at(application, clocks, now),
        received_at=told_at(application.received_at),
        registered_at=told_at(application.registered_at),
        decided_at=told_at(application.decided_at),
        clock=clock_answer(clocks.whole, application.decided_at or now) if clocks.whole else None,
        calendar_ends=reckoned.calendar_ends,
        stages=[
            StageAnswer(
                name=each.name,
                agency=each.agency,
                since=each.since.isoformat(),
                until=told_at(each.until),
            )
            for each in application.stages
        ],
        flags=[FlagAnswer(each.sequence, each.code) for each in application.flags],
        as_of=now.isoformat(timespec="seconds"),
    )


async def due_soon(
    connection: AsyncConnection,
    services: tuple[str, str],
    days: int,
    *,
    after: tuple[datetime, str, str] | None,
    now: datetime,
    most: int,
) -> Sequence[DueAnswer]:
    """What is open and due within so many days from now, what is late included; soonest first."""
    start = after or (_START, "", "")
    rows = await store.due(connection, services, now + timedelta(days=days), start, most)
    return [
        DueAnswer(
            service=row.service,
            reference=row.reference,
            place=row.place or None,
            state=row.state,
            due_at=row.due_at.isoformat(),
            is_late=row.due_at <= now,
        )
        for row in rows
        if row.due_at is not None
    ]


def clock_answer(due: Due, until: datetime) -> ClockAnswer:
    """A clock as it stands at a moment, day by day."""
    promise = due.promise
    elapsed: int | None
    remaining: int | None
    try:
        elapsed, remaining = due.elapsed(until), due.remaining(until)
        days = explain(due)
    except CalendarTooShort:
        elapsed = remaining = None
        days = []
    return ClockAnswer(
        number=promise.number,
        unit=promise.unit,
        basis=promise.basis,
        started_at=due.start.isoformat(),
        due_at=told_at(due.at),
        is_late=due.is_late(until),
        elapsed=elapsed,
        remaining=remaining,
        days=[
            DayLine(
                each.day.isoformat(),
                each.counted,
                each.why,
                {"id": each.text_id, "en": each.text_en},
                each.basis,
            )
            for each in days
        ],
    )


def told_at(moment: datetime | None) -> str | None:
    """A moment as answers tell it."""
    return None if moment is None else moment.isoformat()
