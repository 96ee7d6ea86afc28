"""The live stream of figures: one reader of the log per process, any number of listeners.

Only what the publication gate let out: `index.changed` is of the same log, and not for everybody.
"""

import asyncio
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import islice

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.contracts.cloudevent import Stored
from shared.contracts.figures import PUBLIC, TOPIC
from shared.database import UNAVAILABLE
from shared.log import read
from shared.sse import Bell, Message, Page, reset
from shared.tasks import in_background

log = structlog.get_logger()

POLL_S = 0.5  # what another process announced does not wake us
IN_MEMORY = 2_000
PIECE = 1_000
# A reader that is further behind fetches the figures anew instead: the stream is public.
LONGEST_REPLAY = 10_000
READS_AT_ONCE = 2
STALLED_S = 10.0
_EVENT_ID = re.compile(rf"{TOPIC}:(0|[1-9][0-9]{{0,17}})")


class LiveFigures:
    """Follows scoring's log and keeps the newest events at hand."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.bell = Bell()
        self._engine = engine
        self._head = 0
        self._newest: deque[tuple[int, Message | None]] = deque(maxlen=IN_MEMORY)
        self._news = asyncio.Event()
        self._last_look = time.monotonic()
        self._reads = asyncio.Semaphore(READS_AT_ONCE)

    def wake(self) -> None:
        """Say that something was announced."""
        self._news.set()

    def stalled(self) -> str | None:
        """Why the stream stands still, or None."""
        silent = time.monotonic() - self._last_look > STALLED_S
        return "live_has_not_looked" if silent else None

    @property
    def newest_id(self) -> str:
        """The id of the newest event."""
        return _id(self._head)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["LiveFigures"]:
        """Follow in the background until the block ends."""
        async with in_background(self._run(), name="live figures"):
            yield self

    async def look(self) -> None:
        """Read what is new and wake the listeners."""
        async with self._engine.connect() as connection:
            head = await _head(connection)
            known = self._newest[-1][0] if self._newest else max(0, head - IN_MEMORY)
            fresh = await _messages(connection, max(known, head - IN_MEMORY), head)
        self._newest.extend(fresh)
        self._last_look = time.monotonic()
        if head > self._head:
            self._head = head
            self.bell.ring()

    async def start(self, last_event_id: str | None) -> Page[int]:
        """Where a reader begins: behind what it has, at the newest, or with a `reset`."""
        if last_event_id is None:
            return Page((), self._head, self.newest_id)
        match = _EVENT_ID.fullmatch(last_event_id)
        position = int(match[1]) if match else -1
        if position > self._head:  # another process may have announced it a moment ago
            await self.look()
        if not max(0, self._head - LONGEST_REPLAY) <= position <= self._head:
            return Page([reset(self.newest_id, "position_unknown")], self._head, self.newest_id)
        return Page((), position, last_event_id)

    async def page(self, after: int) -> Page[int]:
        """The events behind a position."""
        upto = min(after + PIECE, self._head)
        if after >= upto:
            return Page((), after)
        first = self._newest[0][0] if self._newest else upto + 1
        if first <= after + 1:  # sequences have no gaps, so a place in memory can be reckoned
            kept = islice(self._newest, after + 1 - first, upto + 1 - first)
            found = [message for _, message in kept if message]
        else:
            async with self._reads, self._engine.connect() as connection:
                messages = await _messages(connection, after, upto)
            found = [message for _, message in messages if message]
        return Page(found, upto, _id(upto))

    async def _run(self) -> None:
        while True:
            self._news.clear()
            try:
                await self.look()
            except UNAVAILABLE as trouble:
                log.warning("live_rests", reason=type(trouble).__name__)
            await self._wait()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                await self._news.wait()
        except TimeoutError:
            return


async def _head(connection: AsyncConnection) -> int:
    return next((stream.head for stream in await read.heads(connection) if stream.name == TOPIC), 0)


async def _messages(
    connection: AsyncConnection, after: int, upto: int
) -> Sequence[tuple[int, Message | None]]:
    """Every sequence with its message; None: not public."""
    found: list[tuple[int, Message | None]] = []
    for run in await read.runs_between(connection, TOPIC, after, upto):
        for sequence, event in enumerate(run.events(), start=run.first):
            if after < sequence <= upto:
                kind = msgspec.json.decode(event, type=Stored).type
                placed = read.with_place(event, TOPIC, sequence, run.chain)
                message = Message(_id(sequence), kind, placed) if kind in PUBLIC else None
                found.append((sequence, message))
    return found


def _id(sequence: int) -> str:
    return f"{TOPIC}:{sequence}"
