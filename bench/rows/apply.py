"""Apply: runs of 500 waiting in Redis until their rollups are committed, by one scoring process."""

import asyncio
import time
from collections.abc import Sequence

import msgspec

from bench import peers
from bench.fill import Filler, filler
from bench.options import Options
from bench.processes import Died, Usage
from bench.results import Measure, Peer, Row, ratio, row, total
from bench.world import World, world

NAME = "apply"
WHAT = "runs of 500 events in Redis until their rollups are committed, one scoring process"
EVENTS_A_SECOND = 100_000
OF_TUTORIAL, OF_LOOP, OF_OTHERS = 30, 0.8, 1.0
LOOK_S = 0.02
BACKLOG_A_SECOND = 150_000  # so that a round takes about as long as was asked for
PEERS = {
    "tutorial": 4_000,
    "loop": 200_000,
    "loop-sync": 200_000,
    "bytewax": 200_000,
    "streamz": 200_000,
}


async def measure(options: Options) -> Sequence[Row]:
    """A backlog waits in Redis while scoring is stopped; each round starts a fresh process."""
    rates: list[float] = []
    usages: list[Usage] = []
    outcomes: dict[str, list[peers.Outcome]] = {name: [] for name in PEERS}
    async with world(options.say) as made:
        await with_registry_applied(made)
        async with filler(made) as backlog:
            for number in range(options.rounds):
                options.say(f"{NAME}: round {number + 1} of {options.rounds}")
                rate, usage = await one_round(made, backlog, options.seconds)
                rates.append(rate)
                usages.append(usage)
                for name, events in PEERS.items():
                    outcomes[name].append(await peers.run(made, name, events))
        wrong = abs(await made.counted() - await made.head())
        events, machine = await made.head(), await made.machine()
    them = [peers.as_peer(name, found) for name, found in outcomes.items()]
    found = row(
        NAME,
        WHAT,
        options.seconds,
        _measures(rates, {peer.name: peer for peer in them}, wrong),
        usage=total(usages),
        events=events,
        peers=them,
        notes=["from the first entry that is read; the process is fresh, its caches are empty"],
    )
    return [msgspec.structs.replace(found, machine=machine)]


async def with_registry_applied(made: World) -> None:
    """Intake runs (relay and feed), scoring knows the registry and is stopped."""
    await made.start("intake", "scoring")
    await made.until_registered()
    await made.stop("scoring")


async def one_round(made: World, backlog: Filler, seconds: float) -> tuple[float, Usage]:
    """Fill, start scoring, measure until all is counted, stop scoring. Answers events a second."""
    before = await made.applied()
    await backlog.add(int(BACKLOG_A_SECOND * seconds))
    events = await made.head() - before
    starting = asyncio.create_task(made.start("scoring"))
    started, usage = await _until_counted(made, before, before + events, 30 + 10 * seconds)
    await starting
    await made.stop("scoring")
    return events / started, usage


async def _until_counted(
    made: World, before: int, upto: int, limit_s: float
) -> tuple[float, Usage]:
    """Seconds and cost from the last look that saw nothing applied until everything is."""
    deadline = time.monotonic() + limit_s
    meter, began, applied = None, time.perf_counter(), before
    while applied < upto:
        if applied == before and "scoring" in made.running:
            began, meter = time.perf_counter(), made.meter()
        await asyncio.sleep(LOOK_S)
        applied = await made.applied()
        if time.monotonic() > deadline:
            raise Died(f"scoring applied {applied - before} of {upto - before} events")
    if meter is None:
        raise Died("scoring never started")
    return time.perf_counter() - began, meter.stop()


def _measures(rates: Sequence[float], them: dict[str, Peer], wrong: int) -> list[Measure]:
    return [
        Measure(name="events a second", unit="/s", runs=list(rates), wanted=EVENTS_A_SECOND),
        ratio("of FastStream's tutorial shape", rates, them["tutorial"].runs, OF_TUTORIAL),
        ratio("of a bare redis-py + msgspec loop", rates, them["loop"].runs, OF_LOOP),
        ratio("of bytewax, in memory", rates, them["bytewax"].runs, OF_OTHERS),
        ratio("of streamz, in memory", rates, them["streamz"].runs, OF_OTHERS),
        Measure(
            name="counted wrongly (log against rollups)",
            unit="",
            runs=[wrong],
            wanted=0,
            at_least=False,
        ),
    ]
