"""Send one request to an endpoint that somebody else named: little trust, one deadline."""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpcore

from services.notify.delivery.network import (
    AddressRefused,
    AnswerTooLong,
    CheckedNetwork,
    NameUnknown,
    Resolve,
)
from services.notify.domain.addresses import Network
from services.notify.domain.endpoint import Endpoint, EndpointRefused, endpoint_of
from services.notify.domain.retry import Outcome, asked_to_wait

DEADLINE_S = 15.0
USER_AGENT = "Rancak-Webhook/1"
TROUBLE = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError)
# The first that fits; everything else that happens to a connection is its loss.
_CODES: tuple[tuple[type[BaseException], str], ...] = (
    (NameUnknown, "name_unknown"),
    (AddressRefused, "address_refused"),
    (AnswerTooLong, "answer_too_long"),
    (TimeoutError, "timeout"),
    (httpcore.TimeoutException, "timeout"),
    (ssl.SSLError, "tls_failed"),
    (httpcore.ProtocolError, "protocol_error"),
    (httpcore.ConnectError, "connection_failed"),
)


@dataclass(frozen=True, slots=True)
class Manners:
    """What the sender may do. `testing` lets plain http and any port pass; `allowed` are networks
    that tests may reach though they are not public."""

    deadline_s: float = DEADLINE_S
    testing: bool = False
    allowed: Sequence[Network] = ()


class Sender:
    """Posts to webhooks: no redirects, no proxies, no cookies, nothing unpacked, HTTP/1.1."""

    def __init__(
        self,
        resolve: Resolve,
        manners: Manners,
        trust: ssl.SSLContext,
        now: Callable[[], datetime],
    ) -> None:
        self._network = CheckedNetwork(resolve, manners.allowed)
        self._manners = manners
        self._trust = trust
        self._now = now

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """One attempt; whatever the receiver does is an outcome, never an exception."""
        try:
            endpoint = endpoint_of(url, testing=self._manners.testing)
        except EndpointRefused as refused:
            return Outcome(error=refused.code)
        heard: list[Outcome] = []
        try:
            async with asyncio.timeout(self._manners.deadline_s):
                await self._exchange(endpoint, headers, body, heard.append)
        except (TimeoutError, *TROUBLE) as trouble:
            # Once the head of an answer was heard, its status is the outcome, however it went on.
            return heard[0] if heard else Outcome(error=code_of(trouble))
        return heard[0]

    async def _exchange(
        self,
        endpoint: Endpoint,
        headers: Mapping[str, str],
        body: bytes,
        hear: Callable[[Outcome], None],
    ) -> None:
        scheme = b"https" if endpoint.secure else b"http"
        url = httpcore.URL(
            scheme=scheme,
            host=endpoint.host.encode(),
            port=endpoint.port,
            target=endpoint.target.encode(),
        )
        connection = httpcore.AsyncHTTPConnection(
            url.origin, ssl_context=self._trust, network_backend=self._network
        )
        sent = _raw_headers(endpoint, headers, body)
        try:
            async with connection.stream("POST", url, headers=sent, content=body) as answer:
                hear(self._outcome(answer))
                async for _ in answer.aiter_stream():
                    pass  # so that a receiver may finish; MeteredStream ends it
        finally:
            await connection.aclose()

    def _outcome(self, answer: httpcore.Response) -> Outcome:
        asked = None
        for name, value in answer.headers:
            if name.lower() == b"retry-after":
                asked = asked_to_wait(value.decode("latin-1"), self._now())
        return Outcome(status=answer.status, retry_after=asked)


def trust_in(ca_file: Path | None) -> ssl.SSLContext:
    """The public authorities, and those of `ca_file`."""
    context = httpcore.default_ssl_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def code_of(trouble: BaseException) -> str:
    """What the attempt log says: enough to repair a receiver, nothing about our network."""
    if isinstance(trouble.__cause__, ssl.SSLError):
        return "tls_failed"
    return next((code for kind, code in _CODES if isinstance(trouble, kind)), "connection_lost")


def _raw_headers(
    endpoint: Endpoint, headers: Mapping[str, str], body: bytes
) -> list[tuple[bytes, bytes]]:
    fixed = {
        "host": endpoint.authority,
        "user-agent": USER_AGENT,
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "close",
        "content-length": str(len(body)),
    }
    return [(name.encode(), value.encode()) for name, value in {**fixed, **headers}.items()]
