"""End to end: posted over HTTP until counted in the rollups, and what is left behind at the end."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from bench import processes
from bench.load import CONNECTIONS, Report
from bench.options import Options
from bench.processes import Usage
from bench.results import Measure, Row, row
from bench.world import SERVICES, World, world

NAME, MEMORY = "end-to-end", "memory"
WHAT = "batches posted over HTTP until every event is counted, three services, generator included"
WHAT_MEMORY = "resident memory of each service, and what an event leaves on disk, after end-to-end"
EVENTS_A_SECOND = 50_000
RESIDENT_MB, BYTES_AN_EVENT = 160, 350
DRAIN_S = 120
_ON_DISK = """
    SELECT pg_total_relation_size('intake.run') + pg_total_relation_size('intake.seen')
"""


@dataclass(frozen=True, slots=True)
class Found:
    """One run, to its last counted event."""

    report: Report
    usage: Usage
    seconds: float
    logged: int
    counted: int
    resident_mb: dict[str, float]
    bytes_on_disk: int


async def measure(options: Options) -> Sequence[Row]:
    """One long run: post, wait until all is counted, compare, then weigh what is left."""
    async with world(options.say) as made:
        await made.start(*SERVICES)
        await made.until_registered()
        options.say(f"{NAME}: posting for {options.seconds:g} s")
        found = await _run(made, options.seconds)
        machine = await made.machine()
    rows = (_end_to_end(options, found), _memory(options, found))
    return [msgspec.structs.replace(each, machine=machine) for each in rows]


async def _run(made: World, seconds: float) -> Found:
    generator = await made.generator(seconds)
    meter, started = made.meter(load_generator=generator.pid), time.perf_counter()
    report = msgspec.json.decode(await generator.ask(b"go"), type=Report)
    made.say(f"{NAME}: {report.acknowledged:,} acknowledged, {await made.applied():,} counted")
    await made.until_applied(report.acknowledged, DRAIN_S)
    took, usage = time.perf_counter() - started, meter.stop()
    await generator.finish()
    return Found(
        report,
        usage,
        took,
        logged=await made.head(),
        counted=await made.counted(),
        resident_mb={n: processes.resident_mb(c.pid) for n, c in made.running.items()},
        bytes_on_disk=await made.number(_ON_DISK),
    )


def _end_to_end(options: Options, found: Found) -> Row:
    report = found.report
    return row(
        NAME,
        WHAT,
        options.seconds,
        [
            Measure(
                name="events a second, from the first post until all are counted",
                unit="/s",
                runs=[found.counted / found.seconds],
                wanted=EVENTS_A_SECOND,
            ),
            _exactly("attempted, not counted", report.attempted - found.counted),
            _exactly("acknowledged, not in the log", report.acknowledged - found.logged),
            Measure(
                name="p99 of a batch", unit="ms", runs=[report.percentile(0.99)], at_least=False
            ),
        ],
        usage=found.usage,
        events=found.counted,
        notes=[
            f"{found.counted:,} events in {found.seconds:.1f} s, {CONNECTIONS} connections",
            *report.refusals,
        ],
    )


def _memory(options: Options, found: Found) -> Row:
    weights = [
        Measure(name=f"{name}, resident", unit="MB", runs=[mb], wanted=RESIDENT_MB, at_least=False)
        for name, mb in found.resident_mb.items()
    ]
    per_event = Measure(
        name="log and seen with their indexes, an event",
        unit="bytes",
        runs=[found.bytes_on_disk / max(1, found.logged)],
        wanted=BYTES_AN_EVENT,
        at_least=False,
    )
    return row(
        MEMORY,
        WHAT_MEMORY,
        options.seconds,
        [*weights, per_event],
        usage=found.usage,
        events=found.counted,
        notes=[f"after {found.logged:,} events in batches, nothing vacuumed by hand"],
    )


def _exactly(name: str, difference: int) -> Measure:
    return Measure(name=name, unit="", runs=[abs(difference)], wanted=0, at_least=False)
