"""Follow applications: take in facts in any order, keep each application's state and clock, and
move the deadline rollups by the difference."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import add

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.application.facts import Fact, Kind, State
from services.scoring.domain.application.progress import NO_CLOCKS, Clocks, clocks_of, measure
from services.scoring.domain.application.state import Application, state_of
from services.scoring.domain.application.tally import Key, Row, Share, counted
from services.scoring.domain.calendar import CalendarTooShort
from services.scoring.domain.clock.promise import PauseReason, Unit
from services.scoring.domain.clock.worktime import WorkTime
from services.scoring.store import alerts, deadlines
from services.scoring.store import applications as store
from services.scoring.store.applications import Case
from services.scoring.store.applications import Row as Kept
from services.scoring.usecases.application_facts import facts_of
from services.scoring.usecases.promising import Promising, WorkTimes, promising
from shared.log import Run


class _KeptFact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A fact as it is kept: its fields in their order, without names."""

    kind: Kind
    at: datetime
    sequence: int
    place: str | None
    stage: State | None
    agency: str | None
    reason: PauseReason | None
    promised: tuple[int, Unit] | None
    by_owner: bool


_FACTS = msgspec.msgpack.Decoder(list[_KeptFact])
_PACKER = msgspec.msgpack.Encoder()


async def follow_applications(
    connection: AsyncConnection, runs: Sequence[Run], times: WorkTimes
) -> None:
    """Take in runs of one stream that were never applied before.

    Raises msgspec.ValidationError or KeyError for an event that is none of an application.
    """
    news: dict[Case, list[Fact]] = {}
    for run in runs:
        for case, fact in facts_of(run):
            news.setdefault(case, []).append(fact)
    known = await store.hold(connection, news)
    held = await promising(connection, {service for service, _ in news}, times)
    facts = {
        case: [*kept_facts(known[case].facts), *new] if case in known else new
        for case, new in news.items()
    }
    await _store(connection, known.values(), facts, held)


async def reckon_anew(connection: AsyncConnection, rows: Sequence[Kept], times: WorkTimes) -> None:
    """The same facts under what is promised now; `rows` are held by this transaction."""
    held = await promising(connection, {row.service for row in rows}, times)
    await _store(connection, rows, {row.case: kept_facts(row.facts) for row in rows}, held)


def kept_facts(raw: bytes) -> list[Fact]:
    """The facts of a kept application."""
    return [Fact(*msgspec.structs.astuple(each)) for each in _FACTS.decode(raw)]


@dataclass(frozen=True, slots=True)
class Reckoned:
    """An application with its clocks: none where the calendar does not reach far enough."""

    application: Application
    clocks: Clocks
    where: WorkTime
    calendar_ends: bool = False


def reckon(service: str, facts: Sequence[Fact], held: Promising) -> Reckoned:
    """What facts and promises make of an application."""
    application = state_of(facts)
    where = held.where(service, application)
    try:
        clocks = clocks_of(application, held.promises(service, application, where), where)
    except CalendarTooShort:
        return Reckoned(application, NO_CLOCKS, where, calendar_ends=True)
    return Reckoned(application, clocks, where)


async def _store(
    connection: AsyncConnection,
    before: Iterable[Kept],
    facts: Mapping[Case, Sequence[Fact]],
    held: Promising,
) -> None:
    after = [_kept(case, each, held) for case, each in facts.items()]
    shares = {row.case: _share(row) for row in before}
    moved: dict[Key, Row] = {}
    for row in after:
        was, now = shares.get(row.case), _share(row)
        if was != now:
            _add(moved, counted(now))
            _add(moved, counted(was, times=-1) if was else {})
    await store.keep(connection, after)
    await deadlines.add(connection, moved)
    decided = {f"service:{row.service}" for row in after if row.outcome}
    await alerts.order(connection, alerts.DECIDED, decided)


def _kept(case: Case, facts: Sequence[Fact], held: Promising) -> Kept:
    """An application as these facts make it."""
    service, reference = case
    reckoned = reckon(service, facts, held)
    application, clocks, where = reckoned.application, reckoned.clocks, reckoned.where
    # What is open is measured at no moment: only what ended is counted.
    end = application.decided_at
    measured = measure(application, clocks, where, end) if end is not None else None
    received = application.received_at
    return Kept(
        service=service,
        reference=reference,
        place=application.place or "",
        state=application.state or State.SUBMITTED,
        outcome=application.outcome,
        received_on=where.day_of(received) if received is not None else None,
        registered_at=application.registered_at,
        decided_on=where.day_of(end) if end is not None else None,
        due_at=clocks.whole.at if clocks.whole is not None else None,
        is_late=measured.is_late if measured else None,
        elapsed_minutes=measured.elapsed_minutes if measured else None,
        paused_minutes=measured.paused_minutes if measured else None,
        is_invited=any(fact.kind is Kind.INVITED for fact in facts),
        facts=_PACKER.encode([_packed(fact) for fact in facts]),
    )


def _packed(fact: Fact) -> tuple[object, ...]:
    return (
        fact.kind,
        fact.at,
        fact.sequence,
        fact.place,
        fact.stage,
        fact.agency,
        fact.reason,
        fact.promised,
        fact.by_owner,
    )


def _share(row: Kept) -> Share:
    return Share(
        service=row.service,
        place=row.place,
        received_on=row.received_on,
        decided_on=row.decided_on,
        outcome=State(row.outcome) if row.outcome else None,
        is_late=row.is_late,
        elapsed_minutes=row.elapsed_minutes,
        paused_minutes=row.paused_minutes,
        is_invited=row.is_invited,
    )


def _add(sums: dict[Key, Row], rows: Mapping[Key, Row]) -> None:
    for key, row in rows.items():
        known = sums.get(key)
        sums[key] = row if known is None else tuple(map(add, known, row))
