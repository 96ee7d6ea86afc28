"""The scan for due clocks, with a million open applications: by index, or it could not keep up."""

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.city import PLACE, SERVICES
from bench.options import Options
from bench.results import Measure, Row, row
from bench.world import World, world
from services.scoring.usecases.overdue import A_TIME, tell_overdue
from shared import database
from shared.contracts import alerts
from shared.log.streams import ensure_streams

NAME = "due-scan"
OPEN = 1_000_000
WHAT = f"the scan for due clocks over {OPEN:,} open applications, {A_TIME:,} alerts at a time"
SECONDS = 1.0
_NOW = datetime(2026, 9, 14, 9, tzinfo=UTC)
_FACTS = b"\x90"


async def measure(options: Options) -> Sequence[Row]:
    """A scan that finds nothing, then the ones that raise and clear alerts."""
    async with world(options.say) as made:
        options.say(f"{NAME}: filling {OPEN:,} applications")
        await _fill(made)
        engine = database.engine(made.servers.postgres.url("scoring"), pool=1, statement_s=10)
        async with engine.begin() as connection:
            await ensure_streams(connection, [alerts.TOPIC])
        meter = made.meter()
        early = _NOW - timedelta(days=2)
        nothing = [await _scan(engine, early, expected=0) for _ in range(options.rounds)]
        raising = [await _scan(engine, _NOW, expected=A_TIME) for _ in range(options.rounds)]
        usage = meter.stop()
        await engine.dispose()
        machine = await made.machine()
    found = row(
        NAME,
        WHAT,
        0,
        [
            Measure(name="that finds nothing", unit="s", runs=nothing, at_least=False),
            Measure(
                name=f"that raises {A_TIME:,} alerts",
                unit="s",
                runs=raising,
                wanted=SECONDS,
                at_least=False,
            ),
        ],
        usage=usage,
        events=2 * options.rounds,
    )
    return [msgspec.structs.replace(found, machine=machine)]


async def _scan(engine: AsyncEngine, now: datetime, *, expected: int) -> float:
    """How long one scan with its commit takes, in seconds."""
    started = time.perf_counter()
    async with engine.begin() as connection:
        told = await tell_overdue(connection, now=now)
    took = time.perf_counter() - started
    if told != expected:
        raise RuntimeError(f"the scan told of {told}, not of {expected}")
    return took


async def _fill(made: World) -> None:
    """A hundredth is past its time, the rest is due within the next hundred days."""
    names = ("service", "reference", "place", "state", "received_on", "due_at", "facts")
    await made.admin.copy_records_to_table(
        "application",
        schema_name="scoring",
        columns=names,
        records=(
            (
                SERVICES[number % len(SERVICES)],
                f"P{number:07}",
                PLACE,
                "registered",
                date(2026, 9, 1),
                _NOW + timedelta(minutes=(number - OPEN // 100) * 144 // 1_000 + 1)
                if number >= OPEN // 100
                else _NOW - timedelta(seconds=number + 1),
                _FACTS,
            )
            for number in range(OPEN)
        ),
    )
    await made.admin.execute("VACUUM ANALYZE scoring.application")
