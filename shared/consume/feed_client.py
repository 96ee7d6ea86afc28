"""Pulls from a publisher's feed; also what rebuild and verify read through."""

import ssl
from dataclasses import dataclass
from typing import Self

import httpx
import msgspec
from pydantic import SecretStr

from shared.log.lines import runs_of
from shared.log.run import Run

PAGE = 5_000


class _Head(msgspec.Struct):
    name: str
    head: int
    tip: str


class _Heads(msgspec.Struct):
    streams: list[_Head]


@dataclass(frozen=True, slots=True)
class FeedHead:
    """A stream's newest sequence and the hex hash of its newest run."""

    head: int
    tip: str


# A feed that is away or answers nonsense: try again later.
FEED_TROUBLE = (httpx.HTTPError, msgspec.MsgspecError)


class Feed:
    """One publisher's feed, at the base URL of its service."""

    def __init__(self, base_url: str, service_key: SecretStr) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url.rstrip("/"),
            headers={"Authorization": f"Bearer {service_key.get_secret_value()}"},
            timeout=httpx.Timeout(10, connect=2),
            trust_env=False,
            verify=_trust_for(base_url),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._client.aclose()

    async def heads(self) -> dict[str, FeedHead]:
        """The publisher's streams. Raises one of FEED_TROUBLE."""
        found = msgspec.json.decode(await self._read("/v1/log", {}), type=_Heads)
        return {stream.name: FeedHead(stream.head, stream.tip) for stream in found.streams}

    async def runs(self, stream: str, after: int, limit: int = PAGE) -> list[Run]:
        """Up to `limit` events after a sequence, as runs or parts of runs."""
        body = await self._read(f"/v1/log/{stream}", {"after": after, "limit": limit})
        return runs_of(body.split(b"\n"))

    async def _read(self, path: str, query: dict[str, int]) -> bytes:
        # Streamed: a response that holds its content is a cycle, and a page is 3 MB until the
        # garbage collector comes by.
        async with self._client.stream("GET", path, params=query) as answer:
            answer.raise_for_status()
            return b"".join([chunk async for chunk in answer.aiter_bytes()])


def _trust_for(base_url: str) -> ssl.SSLContext:
    """The public authorities; reading them takes 40 ms, so only where there is TLS."""
    if base_url.startswith("https:"):
        return httpx.create_ssl_context(trust_env=False)
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody
