"""Query: the city's index of a year over HTTP, with every day of it in the rollups."""

import asyncio
import time
from collections.abc import Sequence

import msgspec

from bench.city import SERVICES, YEAR
from bench.load import exchange
from bench.options import Options
from bench.results import Measure, Row, row
from bench.seed import THE_PLATFORM
from bench.world import World, world
from bench.year import DAYS, SERIES, fill_year

NAME = "query"
WHAT = (
    f"GET /v1/index (live) of the city and a year, {len(SERVICES):,} services × {DAYS} days × "
    f"{len(SERIES)} series of rollups"
)
P99_MS = 30
_WARM_UP = 20


class _Index(msgspec.Struct):
    n: int
    index: str


async def measure(options: Options) -> Sequence[Row]:
    """One connection, one request after the other."""
    async with world(options.say) as made:
        options.say(f"{NAME}: filling a year")
        rows = await fill_year(made.admin)
        await made.start("intake", "scoring")
        await made.until_registered()
        await _ask(made, 0, _WARM_UP)
        options.say(f"{NAME}: while the year is published")
        meanwhile = await _ask(made, options.seconds, 1)
        await made.until_published()
        meter, rounds = made.meter(), []
        for number in range(options.rounds):
            options.say(f"{NAME}: round {number + 1} of {options.rounds}")
            rounds.append(await _ask(made, options.seconds, 1))
        usage, machine = meter.stop(), await made.machine()
    found = row(
        NAME,
        WHAT,
        options.seconds,
        [
            Measure(name="p99", unit="ms", runs=_all(rounds, 0.99), wanted=P99_MS, at_least=False),
            Measure(name="p50", unit="ms", runs=_all(rounds, 0.5), at_least=False),
            Measure(
                name="p99 while a whole year closes",
                unit="ms",
                runs=_all([meanwhile], 0.99),
                at_least=False,
            ),
        ],
        usage=usage,
        events=sum(map(len, rounds)),
        notes=[f"{rows:,} rows; one connection; CPU µs are per request, not per event"],
    )
    return [msgspec.structs.replace(found, machine=machine)]


async def _ask(made: World, seconds: float, at_least: int) -> list[float]:
    """Latencies in ms, in ascending order."""
    port = made.ports["scoring"]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    path = f"/v1/index?scope=city&period={YEAR}&view=live"
    key = made.keys[THE_PLATFORM]
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n\r\n"
    ).encode()
    took: list[float] = []
    ends = time.perf_counter() + seconds
    while len(took) < at_least or time.perf_counter() < ends:
        sent = time.perf_counter()
        answer = await exchange(reader, writer, request)
        took.append((time.perf_counter() - sent) * 1000)
        if answer.status != 200 or not msgspec.json.decode(answer.body, type=_Index).n:
            raise RuntimeError(f"{path} answered {answer.status}: {answer.body[:200]!r}")
    writer.close()
    return sorted(took)


def _all(rounds: Sequence[Sequence[float]], share: float) -> list[float]:
    return [took[min(len(took) - 1, int(len(took) * share))] for took in rounds]
