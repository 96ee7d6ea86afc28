"""Forget what no longer holds: codes that have expired."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from services.intake.store import follow_ups
from shared.database import UNAVAILABLE
from shared.tasks import in_background

logger = structlog.get_logger()

EVERY_S = 3600.0
AT_A_TIME = 5_000


class Forgetter:
    """Works in pieces, each in a transaction of its own; of several processes any may do it."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def running(self) -> AbstractAsyncContextManager[None]:
        """Forget in the background until the block ends."""
        return in_background(self._run(), name="forgetter")

    async def forget(self) -> int:
        """One round; answers how many codes were forgotten."""
        forgotten = 0
        while True:
            async with self._engine.begin() as connection:
                some = await follow_ups.forget_expired(connection, self._now(), AT_A_TIME)
            forgotten += some
            if some < AT_A_TIME:
                return forgotten

    async def _run(self) -> None:
        while True:
            try:
                if forgotten := await self.forget():
                    logger.info("codes_forgotten", count=forgotten)
            except UNAVAILABLE as trouble:
                logger.warning("forgetting_rests", reason=type(trouble).__name__)
            await asyncio.sleep(EVERY_S)
