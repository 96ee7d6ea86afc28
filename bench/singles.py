"""Single-event posts as fast as they go: by wrk, or by our own generator where there is no wrk."""

import msgspec

from bench import load, wrk
from bench.processes import Usage, waited_for_seconds
from bench.world import World
from bench.wrk import CONNECTIONS, Report


async def post(world: World, seconds: float) -> tuple[Report, Usage]:
    """One round: what the generator saw, and what it cost."""
    if wrk.is_installed():
        return await _by_wrk(world, seconds)
    return await _by_ourselves(world, seconds)


def generator_in_words() -> str:
    """Which generator this machine has."""
    if wrk.is_installed():
        return "wrk, one thread, unique ids, bodies made beforehand; it is on the same cores"
    return f"{wrk.HOW_TO_GET_IT}: batches of one event from our own Python generator instead"


async def _by_wrk(world: World, seconds: float) -> tuple[Report, Usage]:
    world.runs += 1
    script, port = world.folder / "wrk.lua", world.ports["intake"]
    wrk.write_script(script, port=port, keys=world.keys, run=world.runs)
    meter, ended = world.meter(), waited_for_seconds()
    report = await wrk.report_of(await wrk.start(script, port=port, seconds=seconds))
    return report, meter.stop().claimed("wrk", waited_for_seconds() - ended)


async def _by_ourselves(world: World, seconds: float) -> tuple[Report, Usage]:
    generator = await world.generator(seconds, batch=1, connections=CONNECTIONS)
    meter = world.meter(load_generator=generator.pid)
    seen = msgspec.json.decode(await generator.ask(b"go"), type=load.Report)
    usage = meter.stop()
    await generator.finish()
    report = Report(
        requests=seen.attempted,
        seconds=seen.seconds,
        p50_ms=seen.percentile(0.5),
        p99_ms=seen.percentile(0.99),
        max_ms=max(seen.latencies_ms),
        failed=seen.attempted - seen.acknowledged,
    )
    return report, usage
