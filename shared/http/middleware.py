"""Around every request: its id, one log line at its end, its duration, security headers."""

import random
import re
import time
from collections.abc import MutableMapping
from typing import Any

import structlog
from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger()

REQUEST_ID = "x-request-id"
_VALID_ID = re.compile(r"\A[A-Za-z0-9._-]{8,64}\Z")
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}
_SECURITY = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]


class RequestEdge:
    """Outermost middleware of a service: everything inside can rely on a bound `request_id`.

    The correlation id that travels with the events is the id of the request that brought them.
    """

    def __init__(self, app: ASGIApp, durations: Histogram) -> None:
        self._app = app
        self._durations = durations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(scope)
        scope.setdefault("state", {})[REQUEST_ID] = request_id
        started = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *security_headers(request_id)]
            await send(message)

        with structlog.contextvars.bound_contextvars(
            request_id=request_id, correlation_id=request_id
        ):
            try:
                await self._app(scope, receive, send_with_headers)
            finally:
                took = time.perf_counter() - started
                self._note(scope, status, took)

    def _note(self, scope: MutableMapping[str, Any], status: int, took: float) -> None:
        # The template, never the URL: a path may hold a ticket or a token.
        route = getattr(scope.get("route"), "path", "unmatched")
        self._durations.labels(scope["method"], route, str(status)).observe(took)
        log.info(
            "request",
            method=scope["method"],
            route=route,
            status=status,
            took_ms=round(took * 1000, 1),
        )


def request_id_of(scope: Scope) -> str:
    """The caller's request id when it is harmless, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            given = value.decode("latin-1")
            if _VALID_ID.match(given):
                return str(given)
            break
    return new_request_id()


def new_request_id() -> str:
    """Tells requests apart; is no secret."""
    return f"{random.getrandbits(96):024x}"


def security_headers(request_id: str) -> list[tuple[bytes, bytes]]:
    """The headers that every answer carries, errors too."""
    return [*_SECURITY, (b"x-request-id", request_id.encode())]
