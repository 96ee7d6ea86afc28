"""Work in rounds, in the background: again and again, with a rest where nothing is left to do."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.database import UNAVAILABLE
from shared.leader import leading
from shared.tasks import in_background

log = structlog.get_logger()

REST_S = 1.0
STALLED_S = 30.0


class Rounds:
    """Does `work` for as long as that answers that there is more, then rests.

    What is in the database stays there while it is away: each of `trouble` is logged, and the work
    begins anew after a rest.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[bool]],
        *,
        rest_s: float = REST_S,
        stalled_s: float = STALLED_S,
        trouble: tuple[type[BaseException], ...] = UNAVAILABLE,
    ) -> None:
        self._name = name
        self._work = work
        self._rest_s = rest_s
        self._stalled_s = stalled_s
        self._trouble = trouble
        self._last_round = time.monotonic()

    def looked(self) -> None:
        """Say, within a long round, that it gets on."""
        self._last_round = time.monotonic()

    def stalled(self) -> str | None:
        """Why nothing is done, or None; a round may take as long as it is said to."""
        silent = time.monotonic() - self._last_round > self._stalled_s
        return f"{self._name.replace(' ', '_')}_has_not_looked" if silent else None

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Rounds"]:
        """Work in the background until the block ends."""
        async with in_background(self._run(), name=self._name):
            yield self

    async def _run(self) -> None:
        while True:
            is_more = False
            try:
                is_more = await self._work()
                self.looked()
            except self._trouble as trouble:
                log.warning("work_rests", work=self._name, reason=type(trouble).__name__)
            if not is_more:
                await asyncio.sleep(self._rest_s)


class LedRounds(Rounds):
    """The same by one process at a time: who leads works on the session that leads, and rests after
    each round; the others stand by."""

    def __init__(
        self,
        name: str,
        engine: AsyncEngine,
        work: Callable[[AsyncConnection], Awaitable[None]],
        *,
        rest_s: float = REST_S,
        stalled_s: float = STALLED_S,
    ) -> None:
        self._engine = engine
        self._led = work
        super().__init__(name, self._try_to_lead, rest_s=rest_s, stalled_s=stalled_s)

    async def _try_to_lead(self) -> bool:
        async with leading(self._engine, self._name) as connection:
            self.looked()
            while connection:
                await self._led(connection)
                self.looked()
                await asyncio.sleep(self._rest_s)
        return False
