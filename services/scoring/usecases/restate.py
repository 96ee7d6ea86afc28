"""Reckon clocks anew where a promise or the calendar has changed: page by page, in the background.

What is to be done stands in the database, so whoever stops loses nothing.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.scoring.domain.calendar import WorkCalendar
from services.scoring.store import applications as store
from services.scoring.store import promises
from services.scoring.usecases.follow_applications import reckon_anew
from services.scoring.usecases.follow_complaints import reckon_complaints_anew
from services.scoring.usecases.promising import WorkTimes
from shared.database import UNAVAILABLE
from shared.tasks import in_background

log = structlog.get_logger()

A_TIME = 500
ROUND_S = 1.0
STALLED_S = 30.0


class Restater:
    """Works in the background; what one replica has in hand, the others pass over."""

    def __init__(self, engine: AsyncEngine, times: WorkTimes) -> None:
        self._engine = engine
        self._times = times
        self._last_look = time.monotonic()
        self._knows_calendar = False

    def stalled(self) -> str | None:
        """Why nothing is reckoned anew, or None."""
        silent = time.monotonic() - self._last_look > STALLED_S
        return "restater_has_not_looked" if silent else None

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Restater"]:
        """Work in the background until the block ends."""
        async with in_background(self._run(), name="restater"):
            yield self

    async def _run(self) -> None:
        while True:
            try:
                if not self._knows_calendar:
                    await self._compare_calendar()
                async with self._engine.begin() as connection:
                    worked = await restate_next(connection, self._times)
                self._last_look = time.monotonic()
                if worked:
                    continue
            except UNAVAILABLE as trouble:
                log.warning("restater_rests", reason=type(trouble).__name__)
            await asyncio.sleep(ROUND_S)

    async def _compare_calendar(self) -> None:
        async with self._engine.begin() as connection:
            known = fingerprint(self._times.calendar)
            changed = await promises.calendar_changed(connection, known)
        self._knows_calendar = True
        if changed:
            log.info("calendar_changed", years=len(self._times.calendar.years))


async def restate_next(connection: AsyncConnection, times: WorkTimes, most: int = A_TIME) -> bool:
    """The next page of what is to be reckoned anew; whether there was one."""
    asked = await promises.next_restatement(connection)
    if asked is None:
        return False
    service, after = asked
    rows = await store.hold_next(connection, service, after, most)
    await reckon_anew(connection, rows, times)
    if len(rows) == most:
        await promises.restated(connection, service, rows[-1].reference)
        return True
    # Complaints are few: all of a service at once, with its last applications.
    await reckon_complaints_anew(connection, service, times)
    await promises.restated(connection, service, None)
    return True


def fingerprint(calendar: WorkCalendar) -> str:
    """Tells two calendars apart by their years and the days that are marked in them."""
    marked = sorted((day.isoformat(), str(mark.kind)) for day, mark in calendar.marked.items())
    return hashlib.sha256(repr((calendar.years, marked)).encode()).hexdigest()[:16]
