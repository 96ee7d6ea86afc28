"""The watch that judges in the background: what moved at once, a silence by the minute, days once.

One leads per scoring service, the others stand by.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.scoring.domain.calendar import WorkCalendar
from services.scoring.store import alerts as store
from services.scoring.usecases.alerts import look
from services.scoring.usecases.silences import Silences
from shared.database import UNAVAILABLE
from shared.leader import leading
from shared.tasks import in_background

log = structlog.get_logger()

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
        self._engine = engine
        self._now = now
        self._after_commit = after_commit
        self._silences = Silences(calendar)
        self._listened = float("-inf")
        self._last_look = time.monotonic()

    def stalled(self) -> str | None:
        """Why nothing is judged, or None."""
        silent = time.monotonic() - self._last_look > STALLED_S
        return "alert_watch_has_not_looked" if silent else None

    @asynccontextmanager
    async def running(self) -> AsyncIterator["AlertWatch"]:
        """Judge in the background until the block ends."""
        async with in_background(self._run(), name="alert watch"):
            yield self

    async def _run(self) -> None:
        while True:
            try:
                async with leading(self._engine, "alerts") as connection:
                    self._last_look = time.monotonic()
                    while connection:
                        await self._round(connection)
                        await asyncio.sleep(ROUND_S)
            except UNAVAILABLE as trouble:
                log.warning("alert_watch_rests", reason=type(trouble).__name__)
            await asyncio.sleep(ROUND_S)

    async def _round(self, connection: AsyncConnection) -> None:
        async with connection.begin():
            await store.order_day(connection, (self._now() - GRACE).date())
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

    def _looked(self, told: int | None) -> None:
        self._last_look = time.monotonic()
        if told:
            self._after_commit()
