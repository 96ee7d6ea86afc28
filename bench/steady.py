"""A steady stream of single events, open-loop, and a reader of the live index beside it.

Its own process, like the load generator. An event is visible at the first answer of the index whose
`n` has reached the event's place among its agency's events; all of an agency are in one stream, so
their order of sequence is the order in which they are counted.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import uvloop

from bench.city import AGENCIES, YEAR, Citizens, Ids, Template
from bench.load import Answer, exchange, head_of

CONNECTIONS = 64
WATCHED = AGENCIES[0]
WATCHED_SHARE = 5  # every fifth event is the watched agency's
LOOK_S = 0.005
DRAIN_S = 20.0


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to send and where to look."""

    intake_port: int
    scoring_port: int
    keys: dict[str, str]
    rate: int
    seconds: float
    run: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen. In ms: from the 2xx to the index; from when a post was due to its 2xx."""

    attempted: int
    acknowledged: int
    seconds: float
    unseen: int
    looks: int
    visible_ms: list[float]
    accept_ms: list[float]


class _Place(msgspec.Struct):
    status: str
    sequence: int = 0


class _Results(msgspec.Struct):
    results: list[_Place]


class _Index(msgspec.Struct):
    n: int


@dataclass(slots=True)
class _Seen:
    acknowledged: int = 0
    accept_ms: list[float] = field(default_factory=list)
    accepted: list[tuple[int, float]] = field(default_factory=list)  # sequence, when
    looks: list[tuple[int, float]] = field(default_factory=list)  # n, when


class Steady:
    """Sends at a rate whatever happens, and looks at the index all the time."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._bodies = _bodies(order, int(order.rate * order.seconds))
        self._due: asyncio.Queue[tuple[float, Template, bytes]] = asyncio.Queue()
        self._seen = _Seen()

    async def run(self) -> Report:
        """Send and look until everything that was accepted is visible."""
        async with asyncio.TaskGroup() as tasks:
            background = [tasks.create_task(self._look())]
            background += [tasks.create_task(self._client()) for _ in range(CONNECTIONS)]
            await self._until_it_shows(0)
            base, started = self._seen.looks[-1][0], time.perf_counter()
            await self._send(started)
            await self._due.join()
            took = time.perf_counter() - started
            await self._until_it_shows(base + len(self._seen.accepted))
            for task in background:
                task.cancel()
        return self._report(base, took)

    async def _send(self, started: float) -> None:
        """Hand out what is due; what could not be sent in time waits, and its wait is measured."""
        for number, (template, event_id) in enumerate(self._bodies):
            due = started + number / self._order.rate
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            self._due.put_nowait((due, template, event_id))

    async def _client(self) -> None:
        port = self._order.intake_port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        heads = {
            agency: head_of("/v1/events", port, key, "application/cloudevents+json")
            for agency, key in self._order.keys.items()
        }
        while True:
            due, template, event_id = await self._due.get()
            body = template.body([event_id])
            request = b"%b%d\r\n\r\n%b" % (heads[template.agency], len(body), body)
            answer = await exchange(reader, writer, request)
            self._note(answer, template, due)
            self._due.task_done()

    def _note(self, answer: Answer, template: Template, due: float) -> None:
        now = time.perf_counter()
        self._seen.accept_ms.append((now - due) * 1000)
        if answer.status != 202:
            return
        self._seen.acknowledged += 1
        if template.agency == WATCHED:
            place = msgspec.json.decode(answer.body, type=_Results).results[0]
            self._seen.accepted.append((place.sequence, now))

    async def _look(self) -> None:
        port = self._order.scoring_port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        request = (
            f"GET /v1/index?scope=agency:{WATCHED}&period={YEAR}&view=live HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {self._order.keys[WATCHED]}\r\n\r\n"
        ).encode()
        while True:
            answer = await exchange(reader, writer, request)
            if answer.status != 200:
                raise RuntimeError(f"the index answered {answer.status}: {answer.body[:200]!r}")
            shown = msgspec.json.decode(answer.body, type=_Index).n
            self._seen.looks.append((shown, time.perf_counter()))
            await asyncio.sleep(LOOK_S)

    async def _until_it_shows(self, n: int) -> None:
        """Or until it took too long: the report says how many stayed unseen."""
        deadline = time.perf_counter() + DRAIN_S
        while time.perf_counter() < deadline:
            if self._seen.looks and self._seen.looks[-1][0] >= n:
                return
            await asyncio.sleep(LOOK_S)

    def _report(self, base: int, took: float) -> Report:
        seen = self._seen
        visible = visible_after(sorted(seen.accepted), seen.looks, base)
        return Report(
            attempted=len(self._bodies),
            acknowledged=seen.acknowledged,
            seconds=took,
            unseen=len(seen.accepted) - len(visible),
            looks=len(seen.looks),
            visible_ms=sorted(visible),
            accept_ms=sorted(seen.accept_ms),
        )


def visible_after(
    accepted: Sequence[tuple[int, float]], looks: Sequence[tuple[int, float]], base: int
) -> list[float]:
    """For each accepted event, in order of sequence, the ms until a look showed it."""
    found: list[float] = []
    at = 0
    for place, (_, when) in enumerate(accepted, base + 1):
        while at < len(looks) and looks[at][0] < place:
            at += 1
        if at == len(looks):
            break
        found.append(max(0.0, (looks[at][1] - when) * 1000))
    return found


def _bodies(order: Order, how_many: int) -> list[tuple[Template, bytes]]:
    """Templates in the order in which they are due, each with its id."""
    citizens, ids = Citizens(order.run), Ids(order.run)
    others = AGENCIES[1:]
    return [
        (citizens.single(agency), ids.take(agency, 1)[0])
        for number in range(how_many)
        for agency in (WATCHED if number % WATCHED_SHARE == 0 else others[number % len(others)],)
    ]


def main() -> None:
    """Serve one order from stdin."""
    steady = Steady(msgspec.json.decode(sys.stdin.readline(), type=Order))
    print("ready", flush=True)
    sys.stdin.readline()
    print(msgspec.json.encode(uvloop.run(steady.run())).decode(), flush=True)
    sys.stdin.readline()  # our CPU time is read before we end


if __name__ == "__main__":
    main()
