"""The load generator: its own process, batches over a few connections, one after the other.

`python -m bench.load` reads its order as one line of JSON, answers `ready` once the bodies are
made, starts at the next line and answers with what happened. It runs on the same cores.
"""

import asyncio
import random
import sys
import time
from collections.abc import Iterator, Mapping
from itertools import count

import msgspec
import uvloop

from bench.city import BATCH, Citizens, Ids, Template

CONNECTIONS = 8
BODIES = 400
_ANSWER_LIMIT = 2**22


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to send: for how long, whose ids (`run` is never used twice), with which keys."""

    port: int
    keys: dict[str, str]
    seconds: float
    run: int
    batch: int = BATCH
    connections: int = CONNECTIONS


class Report(msgspec.Struct, kw_only=True):
    """What the generator saw. `acknowledged`: events of which it read `accepted` in a 2xx."""

    attempted: int = 0
    acknowledged: int = 0
    seconds: float = 0.0
    refusals: list[str] = []
    latencies_ms: list[float] = []

    def percentile(self, share: float) -> float:
        """Latency of a request in ms that this share of the requests did not exceed."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Answer(msgspec.Struct, frozen=True):
    """An HTTP answer, as far as we look at it."""

    status: int
    body: bytes


def head_of(path: str, port: int, key: str, content_type: str) -> bytes:
    """The head of a POST up to the number of its content length."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: "
    ).encode()


async def exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> Answer:
    """Send one request on an open connection and read its answer."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    return Answer(int(head[9:12]), await reader.readexactly(length))


class Generator:
    """Sends batches until its time is over."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._bodies = Citizens(order.run).batches(BODIES, order.batch)
        random.Random(order.run).shuffle(self._bodies)
        self._ids = Ids(order.run)
        self._heads = self._make_heads(order.keys)
        self.report = Report()

    async def run(self) -> Report:
        """Send; the report counts every event of every request that was begun."""
        started = time.perf_counter()
        ends = started + self._order.seconds
        turns = count()
        async with asyncio.TaskGroup() as clients:
            for _ in range(self._order.connections):
                clients.create_task(self._client(turns, ends))
        self.report.seconds = time.perf_counter() - started
        return self.report

    async def _client(self, turns: Iterator[int], ends: float) -> None:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self._order.port, limit=_ANSWER_LIMIT
        )
        while time.perf_counter() < ends:
            template = self._bodies[next(turns) % len(self._bodies)]
            request = self._request(template)
            sent = time.perf_counter()
            self.report.attempted += template.events
            answer = await exchange(reader, writer, request)
            self.report.latencies_ms.append((time.perf_counter() - sent) * 1000)
            self.report.acknowledged += answer.body.count(b'"status":"accepted"')
            if answer.status != 202 and len(self.report.refusals) < 3:
                self.report.refusals.append(f"{answer.status} {answer.body[:200]!r}")
        writer.close()

    def _request(self, template: Template) -> bytes:
        body = template.body(self._ids.take(template.agency, template.events))
        return b"%b%d\r\n\r\n%b" % (self._heads[template.agency], len(body), body)

    def _make_heads(self, keys: Mapping[str, str]) -> dict[str, bytes]:
        kind = "application/cloudevents-batch+json"
        return {
            agency: head_of("/v1/events", self._order.port, key, kind)
            for agency, key in keys.items()
        }


def main() -> None:
    """Serve one order from stdin."""
    generator = Generator(msgspec.json.decode(sys.stdin.readline(), type=Order))
    print("ready", flush=True)
    sys.stdin.readline()
    report = uvloop.run(generator.run())
    print(msgspec.json.encode(report).decode(), flush=True)
    sys.stdin.readline()  # our CPU time is read before we end


if __name__ == "__main__":
    main()
