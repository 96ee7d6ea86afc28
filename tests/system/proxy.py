"""Small proxies before PostgreSQL: one cuts where COMMIT is answered, one falls silent."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress

from shared.database import KEEPALIVE_S

CHUNK = 65_536
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class CommitCutter:
    """Passes bytes on. While armed: lets a COMMIT through, awaits its answer, and cuts.

    `before_cut` is called when it is committed and the client does not know yet.
    """

    def __init__(self, server_port: int) -> None:
        self.cuts = 0
        self.armed = False
        self.before_cut: Callable[[], object] = lambda: None
        self._server_port = server_port
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client."""
        upstream_reader, upstream = await asyncio.open_connection("127.0.0.1", self._server_port)
        committing = asyncio.Event()
        both = [
            asyncio.create_task(self._to_server(reader, upstream, committing)),
            asyncio.create_task(self._to_client(upstream_reader, writer, committing)),
        ]
        self._tasks.update(both)
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for end in (writer, upstream):
            end.transport.abort()
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        self._tasks.difference_update(both)

    async def _to_server(
        self,
        reader: asyncio.StreamReader,
        upstream: asyncio.StreamWriter,
        committing: asyncio.Event,
    ) -> None:
        while data := await reader.read(CHUNK):
            if self.armed and b"COMMIT;" in data:
                self.armed = False
                committing.set()
            upstream.write(data)

    async def _to_client(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, committing: asyncio.Event
    ) -> None:
        while data := await reader.read(CHUNK):
            if committing.is_set() and b"COMMIT\x00" in data:
                self.before_cut()
                self.cuts += 1
                return
            writer.write(data)


class SilentLink:
    """Passes bytes on. Once silent it swallows them, and nobody on either end is told.

    As behind a firewall that forgot its connections: those stay unheard, later ones work. The
    server hears that they are gone when it asks: the services let it, every `KEEPALIVE_S`.
    """

    def __init__(self, server_port: int) -> None:
        self.swallowed = 0
        self._server_port = server_port
        self._silent = False
        self._known: list[tuple[asyncio.Event, asyncio.StreamWriter]] = []
        self._ends: list[asyncio.StreamWriter] = []

    def fall_silent(self) -> None:
        """Lose every connection that is open, and those that come."""
        self._silent = True
        for lost, _ in self._known:
            lost.set()

    def speak_again(self) -> None:
        """Pass on what comes through new connections; the server asks for the lost ones."""
        self._silent = False
        for lost, upstream in self._known:
            if lost.is_set():
                asyncio.get_running_loop().call_later(KEEPALIVE_S, upstream.transport.abort)

    def close(self) -> None:
        """End the connections that would stay for ever."""
        for end in self._ends:
            end.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client."""
        try:
            to = await asyncio.open_connection("127.0.0.1", self._server_port)
        except OSError:
            writer.transport.abort()
            return
        self._ends += [writer, to[1]]
        await asyncio.gather(*self._both_ways(reader, writer, *to))
        for end in (writer, to[1]):
            end.transport.abort()

    def _both_ways(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        upstream_reader: asyncio.StreamReader,
        upstream: asyncio.StreamWriter,
    ) -> list[Coroutine[None, None, None]]:
        lost = asyncio.Event()
        if self._silent:
            lost.set()
        self._known.append((lost, upstream))
        return [self._pass(reader, upstream, lost), self._pass(upstream_reader, writer, lost)]

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: asyncio.Event
    ) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                if lost.is_set():
                    self.swallowed += len(data)
                else:
                    writer.write(data)
        if not lost.is_set():  # else the other end does not hear of it either
            writer.transport.abort()


@asynccontextmanager
async def cutting_proxy(port: int, server_port: int) -> AsyncIterator[CommitCutter]:
    """A `CommitCutter` on a port of loopback, before a server on another."""
    cutter = CommitCutter(server_port)
    async with _listening(port, cutter.serve):
        yield cutter


@asynccontextmanager
async def silent_link(port: int, server_port: int) -> AsyncIterator[SilentLink]:
    """A `SilentLink` on a port of loopback, before a server on another."""
    link = SilentLink(server_port)
    async with _listening(port, link.serve):
        try:
            yield link
        finally:
            link.close()


@asynccontextmanager
async def _listening(port: int, serve: Serve) -> AsyncIterator[None]:
    clients: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    async def serve_known(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        clients[asyncio.current_task()] = writer
        await serve(reader, writer)

    server = await asyncio.start_server(serve_known, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        for writer in clients.values():
            writer.transport.abort()
        await asyncio.gather(*filter(None, clients))
