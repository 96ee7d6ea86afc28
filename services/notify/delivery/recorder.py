"""Records outcomes, all that are waiting in one transaction, and keeps them until it worked."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from services.notify.store.results import Finished
from services.notify.usecases import deliver
from shared.database import UNAVAILABLE, is_passing

log = structlog.get_logger()

REST_S = 0.2


class Recorder:
    """What an attempt hands its outcome to. `after_commit`: places became free."""

    def __init__(
        self,
        engine: AsyncEngine,
        now: Callable[[], datetime],
        after_commit: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._now = now
        self._after_commit = after_commit
        self._waiting: list[Finished] = []
        self._news = asyncio.Event()

    def add(self, finished: Finished) -> None:
        """Take an outcome over."""
        self._waiting.append(finished)
        self._news.set()

    async def run(self) -> None:
        """Record until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            if not await self.flush():
                await asyncio.sleep(REST_S)
                self._news.set()

    async def flush(self) -> bool:
        """Record what waits; False when the database is away (and all still waits)."""
        batch = self._waiting[:]
        if not batch:
            return True
        now = self._now()
        try:
            async with self._engine.begin() as connection:
                disabled = await deliver.record(connection, batch, now=now)
        except UNAVAILABLE as trouble:
            if not is_passing(trouble):
                raise
            log.warning("outcomes_wait", count=len(batch), reason=type(trouble).__name__)
            return False
        del self._waiting[: len(batch)]
        for ended in disabled:
            log.warning(
                "subscription_disabled", subscription=ended.id, host=ended.host, reason=ended.reason
            )
        self._after_commit()
        return True
