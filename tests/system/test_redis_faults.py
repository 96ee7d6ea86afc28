"""P5: Redis is only a transport. Whatever it does, intake answers and every answer is counted."""

import signal
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from shared.streams import key_of
from tests.processes import Processes, processes
from tests.system.sampler import balance_sampled
from tests.system.sender import Report, send_for
from tests.waiting import wait_until

AWAY_S = 20


@pytest.fixture
async def system() -> AsyncIterator[Processes]:
    async with processes() as started:
        await started.rancak.register("dpmptsp", "nib")
        await started.rancak.answered(50)
        await started.rancak.counted(50)
        async with balance_sampled(started.rancak):
            yield started


async def counted_with_more(system: Processes, before: int = 50) -> None:
    """After a fault: new answers are counted, too, and nothing needs a human."""
    await system.rancak.answered(50)
    await system.rancak.counted(before + 50, timeout=30)
    await system.rancak.streams()
    await system.ready("scoring", timeout=60)


async def stream_of(redis: Redis) -> str:
    for number in range(4):
        if await redis.xlen(key_of(f"feedback.{number}")):
            return f"feedback.{number}"
    raise AssertionError("no stream holds an entry")


async def holds(redis: Redis, stream: str, sequence: int) -> bool:
    newest = (await redis.xinfo_stream(key_of(stream)))["last-generated-id"]
    return bool(newest == f"{sequence}-0".encode())


async def test_counting_survives_flushall(system: Processes) -> None:
    redis = Redis.from_url(system.servers.valkey.url)
    await redis.flushall()
    assert await redis.dbsize() == 0, "the fault did not bite"

    await counted_with_more(system)
    await redis.aclose()


async def test_counting_survives_a_destroyed_group(system: Processes) -> None:
    redis = Redis.from_url(system.servers.valkey.url)
    stream = await stream_of(redis)
    assert await redis.xgroup_destroy(key_of(stream), "scoring") == 1

    await counted_with_more(system)
    await redis.aclose()


async def test_counting_survives_deleted_and_trimmed_entries(system: Processes) -> None:
    redis = Redis.from_url(system.servers.valkey.url)
    stream = await stream_of(redis)
    system.running["scoring"].send_signal(signal.SIGSTOP)
    await system.rancak.answered(100)
    await wait_until(lambda: holds(redis, stream, 150), "Redis to have the new answers")
    await redis.xtrim(key_of(stream), maxlen=0)
    assert await redis.xlen(key_of(stream)) == 0, "the fault did not bite"
    system.running["scoring"].send_signal(signal.SIGCONT)

    await counted_with_more(system, before=150)
    await redis.aclose()


async def test_counting_survives_a_redis_that_comes_back_empty(system: Processes) -> None:
    valkey = system.servers.valkey
    assert valkey.child is not None
    valkey.child.kill(signal.SIGKILL)
    valkey.forget()
    await system.rancak.answered(50)
    valkey.start()

    await counted_with_more(system, before=100)


async def test_a_hung_redis_changes_no_answer_and_stops_no_count(system: Processes) -> None:
    child = system.servers.valkey.child
    assert child is not None and child.process is not None
    child.process.send_signal(signal.SIGSTOP)
    try:
        await counted_with_more(system)
    finally:
        child.process.send_signal(signal.SIGCONT)


async def test_posts_go_on_while_redis_is_away_for_twenty_seconds(system: Processes) -> None:
    valkey, report = system.servers.valkey, Report()
    valkey.stop()

    await send_for(system.rancak, report, AWAY_S)
    await system.rancak.counted(50 + len(report.acknowledged), timeout=15)
    valkey.start()

    assert report.troubles == 0, "intake's answers changed"
    await counted_with_more(system, before=50 + len(report.acknowledged))


async def test_a_full_redis_stops_no_count(system: Processes) -> None:
    redis = Redis.from_url(system.servers.valkey.url)
    await redis.config_set("maxmemory", "1")

    await system.rancak.answered(50)
    await system.rancak.counted(100, timeout=30)
    await redis.config_set("maxmemory", "0")

    await counted_with_more(system, before=100)
    await redis.aclose()


async def test_a_read_only_redis_stops_no_count(system: Processes) -> None:
    redis = Redis.from_url(system.servers.valkey.url)
    await redis.replicaof("127.0.0.1", 1)

    await system.rancak.answered(50)
    await system.rancak.counted(100, timeout=30)
    await redis.replicaof("NO", "ONE")

    await counted_with_more(system, before=100)
    await redis.aclose()
