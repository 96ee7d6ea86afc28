"""P5: Redis is only a transport. Whatever it does, intake answers and every answer is counted."""

import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError, ReadOnlyError
from redis.exceptions import TimeoutError as NoAnswer

from shared.streams import key_of
from tests.processes import Processes, processes
from tests.system.fast_path import carries_all
from tests.system.sampler import balance_sampled
from tests.system.sender import STREAM, Report, send_for
from tests.waiting import wait_until

pytestmark = pytest.mark.asyncio(loop_scope="module")

AWAY_S = 20
KEY = key_of(STREAM)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def started() -> AsyncIterator[Processes]:
    async with processes() as system:
        await system.rancak.register("dpmptsp", "nib")
        yield system


@pytest_asyncio.fixture(loop_scope="module")
async def system(started: Processes) -> AsyncIterator[Processes]:
    """The system in its usual state, P9 sampled until the test ends: one fault after the other."""
    await carries_all(started)
    async with balance_sampled(started.rancak):
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def redis(system: Processes) -> AsyncIterator[Redis]:
    async with Redis.from_url(system.servers.valkey.url) as client:
        yield client


async def counted(system: Processes) -> int:
    """How many answers the index holds."""
    return int((await system.rancak.index())["n"])


async def goes_on(system: Processes) -> None:
    """While the fault lasts: answers are accepted and counted."""
    before = await counted(system)
    await system.rancak.answered(50)
    await system.rancak.counted(before + 50, timeout=30)


async def heals(system: Processes, total: int) -> None:
    """After the fault: all is counted, through Redis again, and nobody had to help."""
    await system.rancak.counted(total, timeout=30)
    await carries_all(system, timeout=30)
    await system.ready("scoring")


async def test_counting_survives_flushall(system: Processes, redis: Redis) -> None:
    await redis.flushall()
    assert await redis.dbsize() == 0, "void: the fault did not bite"

    await goes_on(system)
    await heals(system, await counted(system))


async def test_counting_survives_a_destroyed_group(system: Processes, redis: Redis) -> None:
    assert await redis.xgroup_destroy(KEY, "scoring") == 1, "void: the fault did not bite"

    await goes_on(system)
    await heals(system, await counted(system))


async def trim(redis: Redis) -> None:
    await redis.xtrim(KEY, maxlen=0, approximate=False)


async def delete_entries(redis: Redis) -> None:
    for entry, _ in await redis.xrange(KEY) or []:
        await redis.xdel(KEY, entry or "")


async def delete_key(redis: Redis) -> None:
    await redis.delete(KEY)


@pytest.mark.parametrize("lose", [trim, delete_entries, delete_key])
async def test_counting_survives_entries_that_are_lost_before_they_are_read(
    system: Processes, redis: Redis, lose: Callable[[Redis], Awaitable[None]]
) -> None:
    total = await counted(system) + 100
    with paused(system.running["scoring"]):
        await system.rancak.answered(50)
        await wait_until(lambda: is_at(redis, "last-generated-id", total - 50), "an entry to come")
        # A reader that waited was given that entry. The next one lies there.
        await system.rancak.answered(50)
        await wait_until(lambda: is_at(redis, "last-generated-id", total), "the entry to come")
        assert not await is_at(redis, "last-delivered-id", total), "void: it was read"
        await lose(redis)
        assert await redis.xlen(KEY) == 0, "void: the fault did not bite"

    await heals(system, total)


@contextmanager
def paused(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """A process that stands still until the block ends."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


async def is_at(redis: Redis, name: str, sequence: int) -> bool:
    """Whether the stream's newest entry, or the newest handed to scoring, is this one."""
    stream, groups = await redis.xinfo_stream(KEY), await redis.xinfo_groups(KEY)
    return bool({**stream, **groups[0]}[name] == f"{sequence}-0".encode())


async def test_counting_survives_a_redis_that_comes_back_empty(system: Processes) -> None:
    valkey = system.servers.valkey
    assert valkey.child is not None
    valkey.child.kill(signal.SIGKILL)
    valkey.forget()
    assert not (valkey.folder / "valkey").exists(), "void: the fault did not bite"
    total = await counted(system) + 50
    await system.rancak.answered(50)
    valkey.start()

    await heals(system, total)


async def test_a_hung_redis_changes_no_answer_and_stops_no_count(system: Processes) -> None:
    child = system.servers.valkey.child
    assert child is not None and child.process is not None
    with paused(child.process):
        async with Redis.from_url(system.servers.valkey.url, socket_timeout=0.2) as impatient:
            with pytest.raises(NoAnswer):
                await impatient.ping()
        await goes_on(system)

    await heals(system, await counted(system))


async def test_posts_go_on_while_redis_is_away_for_twenty_seconds(system: Processes) -> None:
    valkey, report, before = system.servers.valkey, Report(), await counted(system)
    valkey.stop()
    assert valkey.child is not None and valkey.child.process is not None
    assert valkey.child.process.returncode == 0, "void: the fault did not bite"

    await send_for(system.rancak, report, AWAY_S)
    assert report.troubles == 0, "intake's answers changed"
    await system.rancak.counted(before + len(report.acknowledged), timeout=15)
    for service in ("intake", "scoring"):
        await system.ready(service, timeout=0)
    valkey.start()

    await heals(system, before + len(report.acknowledged))


async def test_a_full_redis_stops_no_count(system: Processes, redis: Redis) -> None:
    await redis.config_set("maxmemory", "1")
    with pytest.raises(OutOfMemoryError):
        await redis.set("rancak:test", "void: the fault did not bite")

    await goes_on(system)
    await redis.config_set("maxmemory", "0")
    await heals(system, await counted(system))


async def test_a_read_only_redis_stops_no_count(system: Processes, redis: Redis) -> None:
    await redis.replicaof("127.0.0.1", 1)
    with pytest.raises(ReadOnlyError):
        await redis.set("rancak:test", "void: the fault did not bite")

    await goes_on(system)
    await redis.replicaof("NO", "ONE")
    await heals(system, await counted(system))
