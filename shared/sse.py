"""Server-Sent Events: a stream that goes on exactly where a reader left it, or says `reset`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Position = TypeVar("Position")

MEDIA_TYPE = "text/event-stream"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
HEARTBEAT_S = 15.0
RETRY_MS = 2_000
_HEARTBEAT = b": heartbeat\n"


@dataclass(frozen=True, slots=True)
class Message:
    """One event of the stream; `id` is what the reader gives back as `Last-Event-ID`."""

    id: str
    event: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Page(Generic[Position]):
    """What was found behind a position: where to go on, and the id to remember for it."""

    messages: Sequence[Message]
    position: Position
    id: str | None = None


class Bell:
    """Wakes every reader at once; nobody misses a ring between reading and waiting."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def ring(self) -> None:
        """Wake all who listen."""
        rung, self._next = self._next, asyncio.Event()
        rung.set()

    def listen(self) -> asyncio.Event:
        """What will be set at the next ring. Take it before reading, wait for it after."""
        return self._next


async def _always() -> bool:
    return True


async def event_stream(
    read_after: Callable[[Position], Awaitable[Page[Position]]],
    start: Page[Position],
    bell: Bell,
    *,
    still_welcome: Callable[[], Awaitable[bool]] = _always,
    ends_on: tuple[type[Exception], ...] = (),
    heartbeat_s: float = HEARTBEAT_S,
) -> AsyncIterator[bytes]:
    """The bytes of a stream: what `start` holds, then page after page, and heartbeats between.

    `ends_on`: what ends it quietly, so that the reader comes back. `still_welcome` is asked with
    every heartbeat: a key may have been revoked.
    """
    yield f"retry: {RETRY_MS}\n".encode() + _remember(start.id) + b"\n"
    for message in start.messages:
        yield render(message)
    position, told = start.position, start.id
    while True:
        rung = bell.listen()
        try:
            page = await read_after(position)
        except ends_on:
            return
        for message in page.messages:
            yield render(message)
            told = message.id
        if page.position != position:
            position = page.position
            continue
        if await _rings(rung, heartbeat_s):
            continue
        if not await still_welcome():
            return
        yield _HEARTBEAT + (_remember(page.id) if page.id != told else b"") + b"\n"
        told = page.id or told


def render(message: Message) -> bytes:
    """One message as it goes over the wire."""
    data = b"".join(b"data: %b\n" % line for line in message.data.splitlines() or [b""])
    return b"id: %b\nevent: %b\n%b\n" % (message.id.encode(), message.event.encode(), data)


def reset(newest_id: str | None, reason: str) -> Message:
    """Says that something may have been missed: the reader must fetch the state anew."""
    return Message(newest_id or "", "reset", b'{"reason":"%b"}' % reason.encode())


def _remember(event_id: str | None) -> bytes:
    return f"id: {event_id}\n".encode() if event_id else b""


async def _rings(rung: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await rung.wait()
    except TimeoutError:
        return False
    return True
