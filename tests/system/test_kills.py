"""P1: whatever process is killed, what was answered 2xx is counted exactly once."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from deploy.servers import Postgres, ServerFailed, Valkey
from shared.streams import key_of
from tests.processes import Processes, processes
from tests.running import Rancak
from tests.system.sampler import balance_sampled
from tests.system.sender import STREAM, Report, logged_after, send_while
from tests.waiting import wait_until

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEEDS = range(int(os.environ.get("RANCAK_SEEDS", "2")))  # `make storm` takes ten
SERVICES = ("intake", "scoring")
VICTIMS = (*SERVICES, "postgres", "valkey")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system() -> AsyncIterator[Processes]:
    async with processes(*SERVICES) as started:
        await started.rancak.register("dpmptsp", "nib")
        yield started


@pytest.mark.parametrize("seed", SEEDS)
async def test_no_answer_is_lost_or_counted_twice_when_processes_are_killed(
    system: Processes, seed: int
) -> None:
    rancak, report = system.rancak, Report()
    before = (await rancak.streams())[STREAM]["head"]

    async with balance_sampled(rancak):
        await send_while_killing(system, report, random.Random(seed))
        await wait_until(lambda: is_all_applied(rancak), "nothing to be waiting", timeout=30)
        await wait_until(lambda: is_all_delivered(system), "Redis to be read to its end")

    logged = await logged_after(rancak, before)
    verdict = report.verdict(logged, (await rancak.index())["n"] - before)
    print(f"seed {seed}: {verdict}, requests cut: {report.troubles}")  # noqa: T201  # pytest -s
    assert report.troubles > 0, "void: no request was cut"
    bad = {name: verdict[name] for name in ("lost", "unexpected", "duplicated")}
    assert bad == {"lost": 0, "unexpected": 0, "duplicated": 0}, verdict
    assert (await rancak.streams())[STREAM]["head"] == before + verdict["ok"], verdict
    told = {sequence: event_id for event_id, (_, sequence) in report.acknowledged.items()}
    written = dict(enumerate(logged, start=before + 1))
    assert told.items() <= written.items(), "the log holds another event where one was promised"


async def send_while_killing(system: Processes, report: Report, chance: random.Random) -> None:
    """Three senders repeat until they read a 2xx; one gives up, so some may be recovered."""
    killing = asyncio.create_task(kill_each(system, chance))
    senders = [
        send_while(system.rancak, report, lambda: not killing.done(), gives_up=number == 0)
        for number in range(4)
    ]
    await asyncio.gather(killing, *senders)


async def kill_each(system: Processes, chance: random.Random) -> None:
    """kill -9 of every process in some order, each started again; every kill must bite."""
    for victim in chance.sample(VICTIMS, k=len(VICTIMS)):
        await asyncio.sleep(chance.uniform(0.1, 0.6))
        if victim in SERVICES:
            system.kill(victim)
            await system.start(victim)
        else:
            await kill_server(getattr(system.servers, victim))


async def kill_server(server: Postgres | Valkey) -> None:
    """kill -9 of a server's main process; it comes back on its port and its data."""
    assert server.child is not None and server.child.process is not None
    process = server.child.process
    server.child.kill(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL, "void: the fault did not bite"

    def is_back() -> bool:
        try:
            server.start()
        except ServerFailed:  # PostgreSQL refuses while a child of the killed one still lives
            return False
        return True

    await wait_until(is_back, f"{server} to come back", timeout=20)


async def is_all_applied(rancak: Rancak) -> bool:
    """Whether scoring has applied every event of every stream."""
    try:
        rows = await rancak.streams()
    except KeyError:  # PostgreSQL was the last victim and is not quite back
        return False
    assert not any(row["dead"] for row in rows.values()), rows
    return not any(row["waiting"] for row in rows.values())


async def is_all_delivered(system: Processes) -> bool:
    """Whether Redis has handed out every entry: what comes late would be counted by now."""
    head = (await system.rancak.streams())[STREAM]["head"]
    async with Redis.from_url(system.servers.valkey.url) as redis:
        groups = await redis.xinfo_groups(key_of(STREAM))
    return [group["last-delivered-id"] for group in groups] == [f"{head}-0".encode()]
