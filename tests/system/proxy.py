"""A small proxy before PostgreSQL that can cut a connection when COMMIT's answer comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

CHUNK = 65_536


class CommitCutter:
    """Passes bytes on. While armed: lets a COMMIT through, awaits its answer, and cuts."""

    def __init__(self, server_port: int) -> None:
        self.cuts = 0
        self.armed = False
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
                self.cuts += 1
                return
            writer.write(data)


@asynccontextmanager
async def cutting_proxy(port: int, server_port: int) -> AsyncIterator[CommitCutter]:
    """The proxy on a port of loopback, before a server on another."""
    cutter = CommitCutter(server_port)
    server = await asyncio.start_server(cutter.serve, "127.0.0.1", port)
    try:
        yield cutter
    finally:
        server.close()
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(server.wait_closed(), 2)
