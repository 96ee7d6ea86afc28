"""Publish in rounds: batches first, then what closes by them, then the figures that moved.

A round is a series of short transactions, each complete in itself. Whoever stops after any of them
loses nothing: what is still to be done is in the database, and the next round begins with it.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.scoring.domain import stretch
from services.scoring.domain.period import Period
from services.scoring.store import publication as store
from services.scoring.store import unpublished
from services.scoring.usecases.give_out import NOTHING_CLOSED, Look, Pending, give_out
from services.scoring.usecases.make_figures import make_figures, tell_closed
from shared.rounds import LedRounds

QUIET = timedelta(seconds=10)
PATIENCE = timedelta(minutes=10)
# What comes in the night after a month's end still belongs to its open figures.
GRACE = timedelta(hours=6)
SERVICES_A_TIME = 100
FIGURES_A_TIME = 200
# Counting and answering come first: after each piece the publisher rests twice as long as it took.
REST = 2.0
MOST_REST_S = 5.0


@dataclass(frozen=True, slots=True)
class _Agenda:
    """Up to which day all was closed `before` a round and is `through` it; the years to look at,
    because they are quiet or because of what closes."""

    before: date
    through: date
    quiet: frozenset[int]
    closing: frozenset[int]

    def closed_periods(self) -> list[Period]:
        """The months, quarters, semesters and years that end in this round."""
        return [
            period
            for year in sorted(self.closing)
            for period in stretch.of_year(year)
            if self.before < period.last <= self.through
        ]


class Publisher:
    """Publishes in the background. One leads per scoring service, the others stand by."""

    def __init__(
        self,
        engine: AsyncEngine,
        now: Callable[[], datetime],
        after_commit: Callable[[], None],
    ) -> None:
        self._now = now
        self._after_commit = after_commit
        self._rounds = LedRounds("publisher", engine, self._round)
        self.stalled = self._rounds.stalled
        self.running = self._rounds.running

    async def _round(self, connection: AsyncConnection) -> None:
        began = time.monotonic()
        async with aclosing(publish(connection, now=self._now())) as pieces:
            async for made in pieces:
                if made:
                    self._after_commit()
                await asyncio.sleep(min(MOST_REST_S, REST * (time.monotonic() - began)))
                began = time.monotonic()
                self._rounds.looked()


async def publish(connection: AsyncConnection, *, now: datetime) -> AsyncGenerator[int, None]:
    """One round; yields after each transaction how many events it made.

    `now` in the zone of the city.
    """
    async for made in _fresh(connection, now):
        yield made
    agenda = await _agenda(connection, now)
    for year in sorted(agenda.quiet | agenda.closing):
        async for made in _whole_year(connection, year, agenda.through, now):
            yield made
    if agenda.through != agenda.before:
        async with connection.begin():
            await _close(connection, agenda)
        yield 0
    async for made in _figures(connection, now):
        yield made


def last_closed_day(now: datetime) -> date:
    """Up to which day all periods are closed by then."""
    return (now - GRACE).date().replace(day=1) - timedelta(days=1)


async def _fresh(connection: AsyncConnection, now: datetime) -> AsyncIterator[int]:
    """What can go at once of the services that moved: leaves that are large enough alone."""
    look = Look(NOTHING_CLOSED, everybody=False, at=now)
    moved = True
    while moved:
        async with connection.begin():
            stand = await store.stand(connection, hold=True)
            moved = bool(taken := await unpublished.take_fresh(connection, now, SERVICES_A_TIME))
            await give_out(connection, taken, look, stand)
        yield 0


async def _agenda(connection: AsyncConnection, now: datetime) -> _Agenda:
    async with connection.begin():
        before = (await store.stand(connection)).closed_through
        through = max(before, last_closed_day(now))
        quiet = await unpublished.quiet_years(connection, quiet=now - QUIET, patient=now - PATIENCE)
        known = await store.years(connection) if through != before else []
    closing = {year for year in known if before.year <= year <= through.year}
    return _Agenda(before, through, frozenset(quiet), frozenset(closing))


async def _whole_year(
    connection: AsyncConnection, year: int, through: date, now: datetime
) -> AsyncIterator[int]:
    """All of a year, agency by agency; whom one of them leaves over goes with the last."""
    async with connection.begin():
        seen = await unpublished.waiting(connection, year)
        agencies = await store.agencies_of(connection, year)
    left: Pending = {}
    for agency in agencies:
        look = Look(through, everybody=agency == agencies[-1], at=now)
        async with connection.begin():
            stand = await store.stand(connection, hold=True)
            asked = await store.services_of(connection, agency, year)
            company = left if look.everybody else None
            withheld = await give_out(connection, asked, look, stand, company)
        left = {**left, **withheld}
        yield 0
    async with connection.begin():
        await unpublished.settle(connection, seen, now)


async def _close(connection: AsyncConnection, agenda: _Agenda) -> None:
    await store.stand(connection, hold=True)
    await unpublished.order_closed(connection, agenda.closed_periods())
    await store.close(connection, agenda.through)


async def _figures(connection: AsyncConnection, now: datetime) -> AsyncIterator[int]:
    """The figures that are due, and then the end of the periods that they close."""
    made: int | None = 0
    while made is not None:
        async with connection.begin():
            stand = await store.stand(connection, hold=True)
            made = await make_figures(connection, stand, now=now, most=FIGURES_A_TIME)
            told = await tell_closed(connection, now=now) if made is None else 0
        yield (made or 0) + told
