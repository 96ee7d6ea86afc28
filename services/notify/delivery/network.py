"""The socket layer of the sender: a name is resolved once, every address judged, few bytes read."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ssl import SSLContext
from typing import Any

import httpcore
from httpcore import SOCKET_OPTION, AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream

from services.notify.domain.addresses import Network, may_receive

CONNECT_S = 4.0  # for one address: a dead one must not use up the time of the next
MOST_ADDRESSES = 4
MOST_BYTES = 64 * 1024

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class NameUnknown(OSError):
    """The name has no address."""


class AddressRefused(OSError):
    """An address of the receiver is not public; no byte is sent to any of them."""


class AnswerTooLong(OSError):
    """The receiver answers more than is read of any answer."""


class Resolver:
    """The system's resolver in threads of its own, so that a hanging one holds up nothing else."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="resolve")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """All addresses of a name, in the system's order of preference. Raises NameUnknown."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._threads, _resolve, host, port)
        except (socket.gaierror, UnicodeError) as unknown:
            raise NameUnknown(host) from unknown
        return list(dict.fromkeys(found))

    def close(self) -> None:
        """Give the threads back; one that still waits for an answer ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class CheckedNetwork(AsyncNetworkBackend):
    """Connects only to addresses that may receive; the name stays the one TLS asks for."""

    def __init__(self, resolve: Resolve, allowed: Sequence[Network]) -> None:
        self._resolve = resolve
        self._allowed = allowed
        self._network = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """A connection to the first address that answers, after all of them were judged."""
        addresses = await self._resolve(host, port)
        if not all(may_receive(address, self._allowed) for address in addresses):
            raise AddressRefused(host)
        trouble: Exception = NameUnknown(host)
        for address in addresses[:MOST_ADDRESSES]:
            try:
                stream = await self._network.connect_tcp(address, port, CONNECT_S)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                trouble = failed
            else:
                return MeteredStream(stream)
        raise trouble


class MeteredStream(AsyncNetworkStream):
    """A stream that reads so much and no more, headers and all."""

    def __init__(self, stream: AsyncNetworkStream) -> None:
        self._stream = stream
        self._left = MOST_BYTES

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Raises AnswerTooLong."""
        if self._left <= 0:
            raise AnswerTooLong
        data = await self._stream.read(min(max_bytes, self._left), timeout)
        self._left -= len(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> AsyncNetworkStream:
        try:
            secure = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except asyncio.CancelledError:  # out of time: httpcore closes after other troubles only
            await self.aclose()
            raise
        return MeteredStream(secure)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [_spelling(address) for *_, address in found]


def _spelling(address: Any) -> str:
    """The address; one with a scope id keeps it, and is refused for it."""
    scope_id = address[3] if len(address) == 4 else 0
    spelling = str(address[0])
    return f"{spelling}%{scope_id}" if scope_id and "%" not in spelling else spelling
