"""Single-event posts as fast as they go: by wrk, or by our own generator where there is no wrk."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import msgspec

from bench import load, processes, wrk
from bench.processes import Usage, waited_for_seconds
from bench.world import READY_S, World
from bench.wrk import CONNECTIONS, Report
from deploy.servers import free_port


async def post(world: World, seconds: float, port: int | None = None) -> tuple[Report, Usage]:
    """One round on a port (default: intake's): what the generator saw, and what it cost."""
    to = port or world.ports["intake"]
    if wrk.is_installed():
        return await _by_wrk(world, seconds, to)
    return await _by_ourselves(world, seconds, to)


@asynccontextmanager
async def peer_serving(world: World, module: str) -> AsyncIterator[int]:
    """Another app behind the same uvicorn as ours, in a process of its own; gives its port."""
    port = free_port()
    options = ("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--lifespan", "off")
    child = await processes.start(
        module,
        (sys.executable, "-m", "uvicorn", f"{module}:app", "--port", str(port), *options),
        world.folder / f"{module}.log",
        env={**world.env, "BENCH_DATABASE_URL": world.servers.postgres.url()},
    )

    async def answers() -> bool:
        try:
            async with httpx.AsyncClient(trust_env=False) as http:
                await http.get(f"http://127.0.0.1:{port}/")
        except httpx.TransportError:
            child.check()
            return False
        return True

    await world.until(answers, READY_S, f"{module} answering")
    yield port
    await child.stop()


def generator_in_words() -> str:
    """Which generator this machine has."""
    if wrk.is_installed():
        return "wrk, one thread, unique ids, bodies made beforehand; it is on the same cores"
    return f"{wrk.HOW_TO_GET_IT}: batches of one event from our own Python generator instead"


async def _by_wrk(world: World, seconds: float, port: int) -> tuple[Report, Usage]:
    world.runs += 1
    script = world.folder / "wrk.lua"
    wrk.write_script(script, port=port, keys=world.keys, run=world.runs)
    meter, ended = world.meter(), waited_for_seconds()
    report = await wrk.report_of(await wrk.start(script, port=port, seconds=seconds))
    return report, meter.stop().claimed("wrk", waited_for_seconds() - ended)


async def _by_ourselves(world: World, seconds: float, port: int) -> tuple[Report, Usage]:
    generator = await world.generator(seconds, batch=1, connections=CONNECTIONS, port=port)
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
