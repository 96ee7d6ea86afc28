"""Webhook receivers for tests: real HTTP servers on loopback whose every byte a test may choose."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Writer = asyncio.StreamWriter
Behaviour = Callable[[asyncio.StreamReader, Writer], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came in."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def webhook_id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """What came in, and how the next requests are answered: the last behaviour goes on for ever."""

    behaviours: list[Behaviour]
    port: int = 0
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    at_once: int = 0
    most_at_once: int = 0
    secure: bool = False

    @property
    def url(self) -> str:
        return f"{'https' if self.secure else 'http'}://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        return [request.webhook_id for request in self.received]

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        self.connections += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.received.append(await _request(reader))
            behave = self.behaviours[min(len(self.received), len(self.behaviours)) - 1]
            await behave(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the sender went away, as it should from some of these
        finally:
            self.at_once -= 1
            writer.close()


@asynccontextmanager
async def receiver(
    *behaviours: Behaviour, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    """A receiver that answers the first request with the first behaviour, and so on."""
    made = Receiver(list(behaviours) or [status(204)], secure=tls is not None)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


def status(code: int, **headers: str) -> Behaviour:
    """Answer with a status and nothing else."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {code} Any", "content-length: 0", *lines])
    return raw(f"{head}\r\n\r\n".encode())


def raw(answer: bytes) -> Behaviour:
    """Answer with these bytes and hang up."""

    async def behave(_: asyncio.StreamReader, writer: Writer) -> None:
        writer.write(answer)
        await writer.drain()

    return behave


def endless(start: bytes, piece: bytes, pause_s: float = 0) -> Behaviour:
    """Begin an answer and go on with the same piece until the sender has enough."""

    async def behave(_: asyncio.StreamReader, writer: Writer) -> None:
        writer.write(start)
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause_s)

    return behave


async def hang(reader: asyncio.StreamReader, _: Writer) -> None:
    """Take the request and say nothing until the sender hangs up."""
    await reader.read()


async def reset(_: asyncio.StreamReader, writer: Writer) -> None:
    """Break the connection instead of answering: RST, not FIN."""
    writer.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    writer.transport.abort()


async def _request(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    line, *fields = head.rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (f.partition(":") for f in fields)}
    return Received(line, headers, await reader.readexactly(int(headers["content-length"])))
