"""A follower: reads what another consumer of the service has long counted, later and in no hurry.

It reads the feed alone, so nothing that happens to Redis concerns it, and keeps a checkpoint of its
own. One piece of each stream a round, a rest after it, and none while the others are at work.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.consume.apply import Applier, Apply
from shared.consume.feed_client import FEED_TROUBLE, Feed
from shared.consume.healer import TICK_S, Healer, StreamState
from shared.http.problem import unavailable
from shared.metrics import Metrics
from shared.tasks import in_background

# Small enough that requests which wait for the event loop do not notice.
PIECE = 1_000
# A rest as long as the work: half of one core at most, while the others have nothing to do.
RESTS = 1
# Behind a consumer that never stops it still takes one piece a minute.
PATIENCE_S = 60.0
STALLED_S = 300.0


class Follower:
    """Applies every event of some topics exactly once, whenever there is time for it."""

    def __init__(
        self,
        name: str,
        engine: AsyncEngine,
        feed: Feed,
        topics: Sequence[str],
        apply: Apply,
        *,
        metrics: Metrics,
        gives_way: Callable[[], bool],
    ) -> None:
        """`gives_way` says whether others have work to do now."""
        self.name = name
        self.applier = Applier(engine, apply, name=name)
        self.healer = Healer(
            engine, self.applier, [(feed, frozenset(topics))], redis_works=lambda: False
        )
        self._gives_way = gives_way
        self._last_piece = time.monotonic()
        self._gauge = metrics.gauge(
            f"{name}_events", "head = applied + waiting + dead", "stream", "state"
        )

    async def look(self) -> dict[str, StreamState]:
        """Where every stream stands now, from PostgreSQL here and at the publisher."""
        try:
            return await self.healer.look()
        except FEED_TROUBLE as away:
            raise unavailable() from away

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Follower"]:
        """Follow in the background until the block ends."""
        async with in_background(self._run(), name=self.name):
            yield self

    def stalled(self) -> str | None:
        """Why nobody follows, or None. Being behind is allowed."""
        silent = time.monotonic() - self.healer.last_look > STALLED_S
        return f"{self.name}_has_not_looked" if silent else None

    def measure(self) -> None:
        """Bring the gauges up to date; called when metrics are read."""
        for stream, state in self.healer.states.items():
            for name, count in state.counts.items():
                self._gauge.labels(stream, name).set(count)

    async def _run(self) -> None:
        while True:
            rest = await self._round()
            await asyncio.sleep(rest)

    async def _round(self) -> float:
        """One round; answers how long to rest after it, in seconds."""
        started = time.monotonic()
        if self._gives_way() and started - self._last_piece < PATIENCE_S:
            await self.healer.round(0)
            return TICK_S
        await self.healer.round(PIECE)
        self._last_piece = time.monotonic()
        if any(state.waiting > PIECE for state in self.healer.states.values()):
            return RESTS * (self._last_piece - started)
        return TICK_S
