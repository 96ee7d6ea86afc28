"""Puts a backlog into Redis: runs of 500 events in the log, carried over by the product's relay.

The events are stored as intake stores them, but straight into the log: what this leaves out is
`seen`, which counting never reads. Bodies are made anew from 300,000 different events.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.city import BATCH, Citizens, Ids, Template
from bench.world import PARTITIONS, World
from shared import database, log
from shared.contracts import feedback
from shared.contracts.cloudevent import extended
from shared.streams import key_of, partition_of, partitioned

BODIES = 600
_BATCHES_A_COMMIT = 32
_IN_REDIS_S = 120.0
_INCOMING = msgspec.json.Decoder(list[feedback.FeedbackSubmittedEvent])
_ENCODER = msgspec.json.Encoder()
_CORRELATION = "0123456789abcdef01234567"

Batch = tuple[str, list[bytes]]


class Filler:
    """Appends backlogs to the log of a world whose intake is running."""

    def __init__(self, world: World, engine: AsyncEngine) -> None:
        self._world = world
        self._engine = engine
        self._batches = [_stored(template) for template in Citizens(0).batches(BODIES)]
        self._next = 0

    async def add(self, events: int) -> None:
        """Append that many events (whole runs) and wait until all are in Redis."""
        left = events // BATCH
        while left > 0:
            turn = min(left, _BATCHES_A_COMMIT)
            async with self._engine.begin() as connection:
                for _ in range(turn):
                    stream, batch = self._batches[self._next % len(self._batches)]
                    await log.append(connection, {stream: batch})
                    self._next += 1
            left -= turn
        await self._until_in_redis()

    async def _until_in_redis(self) -> None:
        heads = await self._world.admin.fetch(
            "SELECT name, head FROM intake.stream WHERE head > 0 AND name LIKE 'feedback.%'"
        )
        wanted = {name: int(head) for name, head in heads}
        redis = Redis.from_url(self._world.servers.valkey.url)

        async def all_there() -> bool:
            return [await _last(redis, name) for name in wanted] == list(wanted.values())

        await self._world.until(all_there, _IN_REDIS_S, "the log in Redis")
        await redis.aclose()


@asynccontextmanager
async def filler(world: World) -> AsyncIterator[Filler]:
    """A filler; its connection ends with the block."""
    engine = database.engine(world.servers.postgres.url("intake"), pool=1, statement_s=30)
    try:
        yield Filler(world, engine)
    finally:
        await engine.dispose()


async def _last(redis: Redis, stream: str) -> int:
    if not await redis.exists(key_of(stream)):
        return 0
    info = await redis.xinfo_stream(key_of(stream))
    return int(bytes(info["last-generated-id"]).partition(b"-")[0])


def _stored(template: Template) -> Batch:
    body = template.body(Ids(0).take(template.agency, template.events))
    stream = partitioned(feedback.TOPIC, PARTITIONS)[partition_of(template.agency, PARTITIONS)]
    return stream, [
        extended(
            _ENCODER.encode(event),
            day=event.time.date().isoformat(),
            correlationid=_CORRELATION,
        )
        for event in _INCOMING.decode(body)
    ]
