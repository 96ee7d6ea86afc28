"""The healer compares checkpoint and head and pulls what stays missing: it covers every loss.

Crash in a handler, entry lost, trimmed or forged, FLUSHALL, group gone, replica killed, Redis down
for an hour, a new consumer, a rebuild: all of them are "sequences that the checkpoint lacks".
"""

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.consume import checkpoint, dead_letters
from shared.consume.apply import CANNOT_APPLY, Applier
from shared.consume.feed_client import FEED_TROUBLE, Feed
from shared.consume.spans import Span, first, size, without
from shared.database import UNAVAILABLE
from shared.log.run import Run

log = structlog.get_logger()

TICK_S = 2.0
TICK_WITHOUT_REDIS_S = 0.5
RETRY_BAD_S = 0.2
FEED_AWAY_S = 5.0
NO_LIMIT = sys.maxsize


@dataclass(slots=True)
class StreamState:
    """What the last look at a stream showed. Times are seconds of a monotonic clock."""

    head: int = 0
    applied: int = 0
    dead: int = 0
    behind_since: float | None = None
    newest: int = 0

    @property
    def waiting(self) -> int:
        """Events between the head and what was applied or set aside."""
        return max(0, self.head - self.applied - self.dead)

    @property
    def counts(self) -> dict[str, int]:
        """head = applied + waiting + dead."""
        return {
            "head": self.head,
            "applied": self.applied,
            "waiting": self.waiting,
            "dead": self.dead,
        }


@dataclass(slots=True)
class Healer:
    """Keeps one consumer complete. `redis_works` says whether the fast path can be trusted."""

    engine: AsyncEngine
    applier: Applier
    feeds: Sequence[tuple[Feed, frozenset[str]]]
    redis_works: Callable[[], bool]
    states: dict[str, StreamState] = field(default_factory=dict)
    last_look: float = field(default_factory=time.monotonic)
    pulled: int = 0
    _suspects: list[Run] = field(default_factory=list)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def suspect(self, runs: Sequence[Run]) -> None:
        """A run that could not be applied as a whole: look at its events one by one, now."""
        self._suspects += runs
        self._wake.set()

    async def look(self) -> dict[str, StreamState]:
        """Where every stream stands now. The checkpoint is read first, so nothing waits twice.

        Raises one of FEED_TROUBLE or UNAVAILABLE.
        """
        applied = await self._applied()
        found: dict[str, StreamState] = {}
        for feed, topics in self.feeds:
            for name, head in (await feed.heads()).items():
                if name.partition(".")[0] in topics:
                    spans, dead = applied.get(self.applier.place_in(name), ([], 0))
                    state = StreamState(head.head, size(spans) - dead, dead)
                    if state.waiting and name in self.states:
                        state.behind_since = self.states[name].behind_since
                    found[name] = state
        return found

    async def run(self) -> None:
        """Heal until cancelled."""
        while True:
            bad = await self.round()
            wait = TICK_S if self.redis_works() else TICK_WITHOUT_REDIS_S
            await self._sleep(RETRY_BAD_S if bad else wait)

    async def round(self, most: int = NO_LIMIT) -> int:
        """Pull what is missing, at most so many events of each stream; how many were bad."""
        bad = 0
        try:
            bad += await self._apply_suspects()
            for feed, topics in self.feeds:
                bad += await self._heal(feed, topics, most)
            self.last_look = time.monotonic()
        except FEED_TROUBLE as trouble:
            # A publisher that starts with us is not trouble yet.
            if time.monotonic() - self.last_look > FEED_AWAY_S:
                log.warning("healer_cannot_read_feed", reason=type(trouble).__name__)
        except UNAVAILABLE as trouble:
            log.warning("healer_cannot_write", reason=type(trouble).__name__)
        return bad

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    async def _apply_suspects(self) -> int:
        suspects, self._suspects = self._suspects, []
        bad = 0
        for run in suspects:
            bad += await self.applier.apply_one_by_one(run.stream, [run])
        return bad

    async def _heal(self, feed: Feed, topics: frozenset[str], most: int) -> int:
        heads = {
            name: found.head
            for name, found in (await feed.heads()).items()
            if name.partition(".")[0] in topics
        }
        applied = await self._applied()
        bad = 0
        for stream, head in heads.items():
            spans, dead = applied.get(self.applier.place_in(stream), ([], 0))
            missing = self._overdue(stream, head, spans, dead)
            for span in first(missing, most):
                bad += await self._pull(feed, stream, span)
        return bad

    async def _applied(self) -> dict[str, tuple[list[Span], int]]:
        async with self.engine.connect() as connection:
            rows = await checkpoint.read_all(connection, attempts=dead_letters.MAX_ATTEMPTS)
        return {stream: (spans, dead) for stream, spans, dead in rows}

    def _overdue(self, stream: str, head: int, spans: list[Span], dead: int) -> list[Span]:
        """What to pull: known at the last look already, and not just waiting its turn in Redis."""
        state = self.states.setdefault(stream, StreamState())
        known_before, progress = state.head, size(spans) > state.applied + state.dead
        newest = spans[-1][1] if spans else 0
        state.head, state.dead, state.newest = head, dead, newest
        state.applied = size(spans) - dead
        missing = without([(1, head)], spans)
        if not missing:
            state.behind_since = None
        elif state.behind_since is None or progress:
            state.behind_since = time.monotonic()
        if not self.redis_works():
            return missing
        # Redis delivers in order: while it makes progress only holes behind the newest are lost.
        limit = min(known_before, newest) if progress else known_before
        return [(low, min(high, limit)) for low, high in missing if low <= limit]

    async def _pull(self, feed: Feed, stream: str, span: Span) -> int:
        low, high = span
        bad = 0
        while low <= high:
            runs = await feed.runs(stream, low - 1, min(5_000, high - low + 1))
            if not runs:
                break
            bad += await self._apply(stream, runs)
            low = runs[-1].last + 1
            self.last_look = time.monotonic()
        return bad

    async def _apply(self, stream: str, runs: Sequence[Run]) -> int:
        try:
            self.pulled += await self.applier.apply(stream, runs)
        except CANNOT_APPLY as reason:
            log.warning("run_cannot_be_applied", stream=stream, reason=type(reason).__name__)
            return await self.applier.apply_one_by_one(stream, runs)
        return 0
