"""uvicorn's protocol with the limits it lacks: it would hold half a request for ever."""

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.http.middleware import new_request_id, security_headers
from shared.http.problem import PROBLEM_JSON, Problem


class HeadersTooLarge(ValueError):
    """More header bytes than any honest client sends."""


class EdgeProtocol(HttpToolsProtocol):
    """Ten seconds for the headers of a request, 16 KB at most; then the connection ends.

    A body that is not wanted any more, because the answer was sent, has half a minute to pass: to
    hang up at once would reset the connection before the client has read why.
    """

    headers_s: ClassVar[float] = 10.0
    unwanted_body_s: ClassVar[float] = 30.0
    most_header_bytes: ClassVar[int] = 16 * 1024

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it too
        """A new connection has to say something."""
        super().connection_made(transport)
        self._header_bytes = 0
        self._waiting: asyncio.TimerHandle | None = None
        self._expect_more(self.headers_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is expected any more."""
        self._stop_expecting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        self._header_bytes = 0
        self._expect_more(self.headers_s)
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

    def on_message_complete(self) -> None:
        """The whole body is there."""
        self._stop_expecting()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """An answer may come before the body that it refuses."""
        if self.cycle is not None and self.cycle.more_body:
            self._expect_more(self.unwanted_body_s)
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is refused like everything else."""
        problem = Problem(400, "not_http", "Permintaan bukan HTTP · The request is not HTTP")
        body = problem.json()
        headers = [
            *security_headers(new_request_id()),
            (b"content-type", PROBLEM_JSON.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        head = b"".join(b"%b: %b\r\n" % header for header in headers)
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\n" + head + b"\r\n" + body)
        self.transport.close()

    def shutdown(self) -> None:
        """The server stops: an answer that never ends by itself ends here, its reader returns."""
        super().shutdown()
        if self.cycle is not None and self.cycle.scope.get("state", {}).get("endless"):
            self.transport.close()

    def _expect_more(self, seconds: float) -> None:
        self._stop_expecting()
        self._waiting = self.loop.call_later(seconds, self.transport.close)

    def _stop_expecting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
