"""The live stream of one process: one reader of the database, any number of listeners."""

import asyncio
import re
import time
from collections import deque
from collections.abc import Sequence
from itertools import takewhile

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.notify.store import live
from services.notify.store.live import Placed, Wanted
from shared.database import UNAVAILABLE
from shared.sse import Bell, Message, Page, reset

log = structlog.get_logger()

POLL_S = 0.5  # what another process took in does not wake us
PIECE = 1_000
IN_MEMORY = 2_000
WINDOW = 5_000
_EVENT_ID = re.compile(r"\A(figures|alerts):(0|[1-9][0-9]{0,17})\Z")
READS_AT_ONCE = 2


class Live:
    """Places items in their final order and keeps the newest at hand."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.bell = Bell()
        self.head = 0
        self.last_look = time.monotonic()
        self._engine = engine
        self._newest: deque[Placed] = deque(maxlen=IN_MEMORY)
        self._news = asyncio.Event()
        self._reads = asyncio.Semaphore(READS_AT_ONCE)

    def wake(self) -> None:
        """Say that something was committed."""
        self._news.set()

    async def run(self) -> None:
        """Follow what is taken in until cancelled."""
        rests = False
        while True:
            self._news.clear()
            try:
                moved, rests = await self.look(), False
            except UNAVAILABLE as trouble:
                if not rests:
                    log.warning("live_rests", reason=type(trouble).__name__)
                moved, rests = False, True
            if not moved:
                await self._wait()

    async def look(self) -> bool:
        """Place what is ready and read what is new; answers whether there may be more at once."""
        async with self._engine.begin() as connection:
            placed = await live.place(connection, most=PIECE)
        async with self._engine.connect() as connection:
            head = await live.head(connection)
            known = self._newest[-1].position if self._newest else max(0, head - IN_MEMORY)
            fresh = await live.items_after(connection, known, limit=IN_MEMORY)
        self._newest.extend(fresh)
        self.last_look = time.monotonic()
        reached = fresh[-1].position if fresh else head
        if reached > self.head:
            self.head = reached
            self.bell.ring()
        return placed == PIECE or len(fresh) == IN_MEMORY

    async def start(self, last_event_id: str | None) -> Page[int]:
        """Where a reader begins: behind what it has, at the newest, or with a `reset`."""
        async with self._reads, self._engine.connect() as connection:
            head = await live.head(connection)
            newest = await live.id_at(connection, head)
            if last_event_id is None:
                return Page((), head, newest)
            position = await _position(connection, last_event_id)
        if position is None:
            return Page([reset(newest, "position_unknown")], head, newest)
        return Page((), position, last_event_id)

    async def page(self, after: int, wanted: Wanted) -> Page[int]:
        """What a reader wants of the items behind a position."""
        if after >= self.head:
            return Page((), after, None)
        if self._newest and self._newest[0].position <= after + 1:
            return self._from_memory(after, wanted)
        return await self._from_database(after, wanted)

    def _from_memory(self, after: int, wanted: Wanted) -> Page[int]:
        behind = list(takewhile(lambda item: item.position > after, reversed(self._newest)))
        found = [item for item in reversed(behind) if wanted.includes(item)]
        return Page(_messages(found), behind[0].position, _id(behind[0]))

    async def _from_database(self, after: int, wanted: Wanted) -> Page[int]:
        upto = min(after + WINDOW, self.head)
        async with self._reads, self._engine.connect() as connection:
            found = await live.wanted_between(connection, after, upto, wanted)
        return Page(_messages(found), upto, None)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                await self._news.wait()
        except TimeoutError:
            return


async def _position(connection: AsyncConnection, event_id: str) -> int | None:
    """The position of an id that we gave; sequence 0 is the very beginning."""
    match = _EVENT_ID.match(event_id)
    if match is None:
        return None
    return await live.position_of(connection, match[1], int(match[2]))


def _messages(items: Sequence[Placed]) -> list[Message]:
    return [Message(_id(item), item.type, item.body) for item in items]


def _id(item: Placed) -> str:
    return f"{item.stream}:{item.sequence}"
