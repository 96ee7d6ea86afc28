"""Report: the city's survey report of a closed year as PDF, over HTTP, with all its agencies."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO

import httpx
import msgspec
from pypdf import PdfReader

from bench.city import AGENCIES, SERVICES, YEAR
from bench.options import Options
from bench.results import Measure, Row, row
from bench.world import World, world
from bench.year import fill_year
from services.scoring.app import STREAMS
from services.scoring.usecases.publish import publish
from shared import database
from shared.log.streams import ensure_streams

NAME = "report"
WHAT = (
    f"GET /v1/reports/skm of the city and a closed year: PDF with {len(AGENCIES)} agencies, "
    f"{len(SERVICES):,} services × a year of answers behind it"
)
LONGEST_S = 5
_CLOSED = datetime(int(YEAR) + 1, 1, 2, tzinfo=UTC)
_PATIENCE_S = 300.0


async def measure(options: Options) -> Sequence[Row]:
    """A fresh process in every round: its first report, then one more that it has not made yet."""
    async with world(options.say) as made:
        options.say(f"{NAME}: filling and publishing a year")
        await fill_year(made.admin)
        await _publish(made)
        await made.start("intake", "scoring")
        await made.until_registered()
        await made.stop("scoring")
        first, second = [], []
        meter = made.meter()
        for number in range(options.rounds):
            options.say(f"{NAME}: round {number + 1} of {options.rounds}")
            await made.start("scoring")
            first.append(await _ask(made, 1_000_000 + number))
            second.append(await _ask(made, 2_000_000 + number))
            await made.stop("scoring")
        usage, machine = meter.stop(), await made.machine()
    found = row(
        NAME,
        WHAT,
        options.seconds,
        [
            *_measures("first of a fresh process", first, wanted=LONGEST_S),
            *_measures("the next one", second, wanted=LONGEST_S),
        ],
        usage=usage,
        events=2 * options.rounds,
        notes=[
            f"{first[0].pages} pages; CPU is that of the scoring process; the same report again "
            "is kept and costs nothing"
        ],
    )
    return [msgspec.structs.replace(found, machine=machine)]


class _Made(msgspec.Struct, frozen=True):
    """One report: seconds until it was there, CPU seconds that it cost, its pages."""

    wall: float
    cpu: float
    pages: int


def _measures(name: str, made: Sequence[_Made], *, wanted: float) -> list[Measure]:
    walls, cpus = [each.wall for each in made], [each.cpu for each in made]
    return [
        Measure(name=name, unit="s", runs=walls, wanted=wanted, at_least=False),
        Measure(name=f"{name}, CPU", unit="s", runs=cpus, at_least=False),
    ]


async def _publish(made: World) -> None:
    """Close the year as the publisher does, without its rests."""
    engine = database.engine(made.servers.postgres.url("scoring"), pool=1, statement_s=120)
    try:
        async with engine.begin() as connection:
            await ensure_streams(connection, STREAMS)
        async with engine.connect() as connection:
            async for _ in publish(connection, now=_CLOSED):
                pass
    finally:
        await engine.dispose()


async def _ask(made: World, population: int) -> _Made:
    """One report; another population is another report, which cannot have been kept."""
    asked = {"scope": "city", "period": YEAR, "population": str(population)}
    url = f"http://127.0.0.1:{made.ports['scoring']}/v1/reports/skm"
    meter = made.meter()
    async with httpx.AsyncClient(trust_env=False, timeout=_PATIENCE_S) as http:
        sent = time.perf_counter()
        answer = await http.get(url, params=asked)
        wall = time.perf_counter() - sent
    if answer.status_code != 200:
        raise RuntimeError(f"{url} answered {answer.status_code}: {answer.text[:200]}")
    cpu = meter.stop().seconds["scoring"]
    return _Made(wall, cpu, len(PdfReader(BytesIO(answer.content)).pages))
