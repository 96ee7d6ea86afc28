"""Reckon clocks anew where a promise or the calendar has changed: page by page, in the background.

What is to be done stands in the database, so whoever stops loses nothing.
"""

import hashlib

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.scoring.domain.calendar import WorkCalendar
from services.scoring.store import applications as store
from services.scoring.store import promises
from services.scoring.usecases.follow_applications import reckon_anew
from services.scoring.usecases.follow_complaints import reckon_complaints_anew
from services.scoring.usecases.promising import WorkTimes
from shared.rounds import Rounds

log = structlog.get_logger()

A_TIME = 500


def restater(engine: AsyncEngine, times: WorkTimes) -> Rounds:
    """Works page by page; what one replica has in hand, the others pass over."""
    is_compared = False

    async def work() -> bool:
        nonlocal is_compared
        if not is_compared:
            await _compare_calendar(engine, times)
            is_compared = True
        async with engine.begin() as connection:
            return await restate_next(connection, times)

    return Rounds("restater", work)


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


async def _compare_calendar(engine: AsyncEngine, times: WorkTimes) -> None:
    """With another calendar than at the last start everything is to be reckoned anew."""
    async with engine.begin() as connection:
        changed = await promises.calendar_changed(connection, fingerprint(times.calendar))
    if changed:
        log.info("calendar_changed", years=len(times.calendar.years))
