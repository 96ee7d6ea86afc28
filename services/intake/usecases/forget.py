"""Forget what no longer holds: codes of answers, and one-use links."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.intake.store import follow_ups, invitations, tenancy
from shared.rounds import Rounds

logger = structlog.get_logger()

EVERY_S = 3600.0
AT_A_TIME = 5_000
# So long after its end a link still says that it has ended, and not that it never was.
REMEMBERED = timedelta(days=30)

Piece = Callable[[AsyncConnection, datetime], Awaitable[int]]


def forgetting(engine: AsyncEngine, now: Callable[[], datetime]) -> Rounds:
    """Works every hour; of several processes any may do it."""

    async def work() -> bool:
        for forget in (forget_codes, forget_links):
            if count := await _all_of(engine, forget, now()):
                logger.info(forget.__name__, count=count)
        return False

    return Rounds("forgetting", work, rest_s=EVERY_S, stalled_s=3 * EVERY_S)


async def forget_codes(connection: AsyncConnection, now: datetime) -> int:
    """Some of the codes that have expired; how many."""
    return await follow_ups.forget_expired(connection, now, AT_A_TIME)


async def forget_links(connection: AsyncConnection, now: datetime) -> int:
    """Some links that hold no longer: their tokens are erased, and some time later they go."""
    await tenancy.enter_all(connection)
    today = now.date()
    erased = await invitations.erase_unfetched(connection, today, AT_A_TIME)
    return erased + await invitations.forget(connection, today - REMEMBERED, AT_A_TIME)


async def _all_of(engine: AsyncEngine, forget: Piece, now: datetime) -> int:
    """Piece by piece, each in a transaction of its own."""
    forgotten, some = 0, -1
    while some:
        async with engine.begin() as connection:
            some = await forget(connection, now)
        forgotten += some
    return forgotten
