"""A consumer: the fast path and the healer over one checkpoint."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.consume.apply import CANNOT_APPLY, Applier, Apply
from shared.consume.fast_path import FastPath
from shared.consume.feed_client import FEED_TROUBLE, Feed
from shared.consume.healer import Healer, StreamState
from shared.database import UNAVAILABLE
from shared.http.problem import unavailable
from shared.log.entry import EntryFormat
from shared.log.run import Run
from shared.metrics import Metrics

log = structlog.get_logger()

STALLED_S = 10.0


@dataclass(frozen=True, slots=True)
class Source:
    """A publisher: the base URL of its feed, and which of its streams to read."""

    feed_url: str
    streams: Sequence[str]

    @property
    def topics(self) -> frozenset[str]:
        """The topics of the streams; the healer also reads partitions that were added later."""
        return frozenset(stream.partition(".")[0] for stream in self.streams)


class Consumer:
    """Applies every event of its sources exactly once, whatever Redis does."""

    def __init__(
        self,
        name: str,
        engine: AsyncEngine,
        sources: Sequence[Source],
        apply: Apply,
        *,
        redis_url: SecretStr,
        service_key: SecretStr,
        metrics: Metrics,
        after_commit: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self.applier = Applier(engine, apply, after_commit=after_commit)
        self._feeds = [Feed(source.feed_url, service_key) for source in sources]
        self._fast = FastPath(
            redis_url,
            name,
            [stream for source in sources for stream in source.streams],
            EntryFormat(service_key),
            self._handle,
            on_forged=metrics.counter("entries_forged", "Entries that no relay wrote").inc,
        )
        topics = [source.topics for source in sources]
        self.healer = Healer(
            engine,
            self.applier,
            list(zip(self._feeds, topics, strict=True)),
            redis_works=lambda: self._fast.works,
        )
        self._tasks: list[asyncio.Task[None]] = []
        self._applied = metrics.counter("events_applied", "Events applied by the fast path")
        self._failed = metrics.counter("runs_failed", "Batches of runs that could not be applied")
        self._gauge = metrics.gauge("events", "head = applied + waiting + dead", "stream", "state")

    @property
    def states(self) -> dict[str, StreamState]:
        """What the healer saw of each stream at its last look."""
        return self.healer.states

    async def look(self) -> dict[str, StreamState]:
        """Where every stream stands now, from PostgreSQL here and at the publisher."""
        try:
            return await self.healer.look()
        except FEED_TROUBLE as away:
            raise unavailable() from away

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Consumer"]:
        """Consume in the background until the block ends."""
        self._tasks = [
            asyncio.create_task(self._fast.run(), name=f"{self.name} fast path"),
            asyncio.create_task(self.healer.run(), name=f"{self.name} healer"),
        ]
        try:
            yield self
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for feed in self._feeds:
                await feed.__aexit__()

    def stalled(self) -> str | None:
        """Why this consumer makes no progress, or None. Real progress, not a ping."""
        now = time.monotonic()
        for task in self._tasks:
            if task.done():
                return f"{task.get_name().replace(' ', '_')}_has_ended"
        if now - self.healer.last_look > STALLED_S:
            return "healer_has_not_looked"
        for stream, state in self.states.items():
            if state.behind_since is not None and now - state.behind_since > STALLED_S:
                return f"{stream}_stands_still"
        return None

    def measure(self) -> None:
        """Bring the gauges up to date; called when metrics are read."""
        for stream, state in self.states.items():
            for name, count in state.counts.items():
                self._gauge.labels(stream, name).set(count)

    async def _handle(self, stream: str, runs: Sequence[Run]) -> None:
        started = time.perf_counter()
        try:
            count = await self.applier.apply(stream, runs)
        except CANNOT_APPLY as reason:
            self._failed.inc()
            log.warning("run_cannot_be_applied", stream=stream, reason=type(reason).__name__)
            self.healer.suspect(runs)
        except UNAVAILABLE as trouble:
            # Not acknowledged and not lost: the healer pulls it once the database is back.
            self._failed.inc()
            log.warning("cannot_write", stream=stream, reason=type(trouble).__name__)
        else:
            self._applied.inc(count)
            log.info(
                "runs_applied",
                stream=stream,
                events=count,
                took_ms=round((time.perf_counter() - started) * 1000, 1),
            )
