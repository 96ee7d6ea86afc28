"""Links that hold no longer: their tokens are erased, and some time later the links forgotten."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from services.intake.store import invitations, tenancy
from shared.database import UNAVAILABLE
from shared.tasks import in_background

logger = structlog.get_logger()

EVERY_S = 3600.0
AT_A_TIME = 5_000
# So long after its end a link still says that it has ended, and not that it never was.
REMEMBERED = timedelta(days=30)


class LinkExpiry:
    """Works in pieces, each in a transaction of its own; of several processes any may do it."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def running(self) -> AbstractAsyncContextManager[None]:
        """Work in the background until the block ends."""
        return in_background(self._run(), name="link expiry")

    async def expire(self) -> int:
        """One round; answers how many tokens were erased and links forgotten."""
        done = 0
        while some := await self._expire_some():
            done += some
        return done

    async def _expire_some(self) -> int:
        today = self._now().date()
        async with self._engine.begin() as connection:
            await tenancy.enter_all(connection)
            erased = await invitations.erase_unfetched(connection, today, AT_A_TIME)
            forgotten = await invitations.forget(connection, today - REMEMBERED, AT_A_TIME)
        return erased + forgotten

    async def _run(self) -> None:
        while True:
            try:
                if done := await self.expire():
                    logger.info("links_expired", count=done)
            except UNAVAILABLE as trouble:
                logger.warning("link_expiry_rests", reason=type(trouble).__name__)
            await asyncio.sleep(EVERY_S)
