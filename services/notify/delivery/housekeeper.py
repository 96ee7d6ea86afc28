"""Housekeeping: forgets what is old, ends what nobody waits for, counts what is open."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.notify.store import retention, tenancy
from shared.database import UNAVAILABLE, is_passing
from shared.metrics import Metrics

log = structlog.get_logger()

EVERY_S = 5.0  # well within what /readyz lets pass
Piece = Callable[[AsyncConnection], Awaitable[int]]


class Housekeeper:
    """Works in pieces, each in a transaction of its own."""

    def __init__(
        self,
        engine: AsyncEngine,
        metrics: Metrics,
        now: Callable[[], datetime],
        keep: timedelta,
    ) -> None:
        self.last_round = time.monotonic()
        self._engine = engine
        self._now = now
        self._keep = keep
        self._expired = metrics.counter(
            "deliveries_expired", "Deliveries forgotten before they were made (paused for too long)"
        )
        self._open = metrics.gauge("deliveries", "Deliveries that are not finished", "state")

    async def run(self) -> None:
        """Keep house until cancelled."""
        while True:
            try:
                await self.tidy()
            except UNAVAILABLE as trouble:
                if not is_passing(trouble):
                    raise
                log.warning("housekeeping_rests", reason=type(trouble).__name__)
            self.last_round = time.monotonic()
            await asyncio.sleep(EVERY_S)

    async def tidy(self) -> None:
        """One round."""
        for piece in (retention.end_disabled, retention.purge_deleted, self._forget):
            await self._until_done(piece)
        async with self._engine.begin() as connection:
            await tenancy.enter_all(connection)
            for state, count in (await retention.open_deliveries(connection)).items():
                self._open.labels(state).set(count)

    async def _forget(self, connection: AsyncConnection) -> int:
        forgotten = await retention.forget_old(connection, self._now() - self._keep)
        if forgotten.waiting:
            self._expired.inc(forgotten.waiting)
            log.warning("deliveries_expired", count=forgotten.waiting)
        return forgotten.rows

    async def _until_done(self, piece: Piece) -> None:
        while True:
            async with self._engine.begin() as connection:
                await tenancy.enter_all(connection)
                if not await piece(connection):
                    return
            self.last_round = time.monotonic()
