"""uvicorn's protocol with the limits it lacks: it would hold half a request for ever."""

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class HeadersTooLarge(ValueError):
    """More header bytes than any honest client sends."""


class EdgeProtocol(HttpToolsProtocol):
    """Ten seconds for the headers of a request, 16 KB at most; then the connection ends."""

    headers_s: ClassVar[float] = 10.0
    most_header_bytes: ClassVar[int] = 16 * 1024

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it too
        """A new connection has to say something."""
        super().connection_made(transport)
        self._header_bytes = 0
        self._waiting: asyncio.TimerHandle | None = None
        self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is expected any more."""
        self._stop_expecting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        self._header_bytes = 0
        self._expect_headers()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header; an error here is answered with 400."""
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > self.most_header_bytes:
            raise HeadersTooLarge
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """All headers are there; the body has a limit of its own."""
        self._stop_expecting()
        super().on_headers_complete()

    def shutdown(self) -> None:
        """The server stops: an answer that never ends by itself ends here, its reader returns."""
        super().shutdown()
        if self.cycle is not None and self.cycle.scope.get("state", {}).get("endless"):
            self.transport.close()

    def _expect_headers(self) -> None:
        self._stop_expecting()
        self._waiting = self.loop.call_later(self.headers_s, self.transport.close)

    def _stop_expecting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
