"""What runs in the background ends when it is told to, at whatever moment."""

import asyncio
from collections.abc import Sequence

from pydantic import SecretStr
from redis.asyncio import Redis

from shared.consume.fast_path import FastPath
from shared.log.entry import EntryFormat
from shared.log.run import Run
from tests.running import SERVICE_KEY
from tests.servers import TestServers

STREAMS = [f"feedback.{number}" for number in range(8)]


async def ignore(stream: str, runs: Sequence[Run]) -> None:
    """Nothing arrives here."""


async def test_the_fast_path_ends_at_whatever_moment_it_is_cancelled(
    servers: TestServers, redis: Redis
) -> None:
    url, entries = SecretStr(servers.redis_url), EntryFormat(SecretStr(SERVICE_KEY))
    for moment in range(40):
        path = FastPath(url, "test", STREAMS, entries, ignore, lambda: None)
        task = asyncio.create_task(path.run())
        await asyncio.sleep(moment * 0.0004)

        task.cancel()

        _, running = await asyncio.wait([task], timeout=5)
        for each in running:  # or the session would never end
            each.cancel()
        assert not running
