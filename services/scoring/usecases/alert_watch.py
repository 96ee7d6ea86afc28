"""The watch that judges in the background: what moved at once, a silence by the minute, days once.

One leads per scoring service, the others stand by.
"""

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.scoring.domain.calendar import WorkCalendar
from services.scoring.store import alerts as store
from services.scoring.usecases.alerts import look
from services.scoring.usecases.silences import Silences
from shared.rounds import LedRounds

ROUND_S = 0.5
SILENCE_S = 60.0
STALLED_S = 60.0
# Answers that were given late in the evening still come in: then a day is complete.
GRACE = timedelta(hours=1)


class AlertWatch:
    """Judges in the background until its block ends."""

    def __init__(
        self,
        engine: AsyncEngine,
        now: Callable[[], datetime],
        after_commit: Callable[[], None],
        calendar: WorkCalendar,
    ) -> None:
        self._now = now
        self._after_commit = after_commit
        self._silences = Silences(calendar)
        self._listened = float("-inf")
        self._ordered: date | None = None
        self._rounds = LedRounds(
            "alert watch", engine, self._round, rest_s=ROUND_S, stalled_s=STALLED_S
        )
        self.stalled = self._rounds.stalled
        self.running = self._rounds.running

    async def _round(self, connection: AsyncConnection) -> None:
        await self._order_day(connection, (self._now() - GRACE).date())
        told: int | None = 0
        while told is not None:
            async with connection.begin():
                told = await look(connection, now=self._now())
            self._looked(told)
        if time.monotonic() - self._listened >= SILENCE_S:
            async with connection.begin():
                told = await self._silences.look(connection, now=self._now())
            self._listened = time.monotonic()
            self._looked(told)

    async def _order_day(self, connection: AsyncConnection, day: date) -> None:
        """Ask the database once a day, not with each round, whether this day was ordered."""
        if day != self._ordered:
            async with connection.begin():
                await store.order_day(connection, day)
            self._ordered = day

    def _looked(self, told: int | None) -> None:
        self._rounds.looked()
        if told:
            self._after_commit()
