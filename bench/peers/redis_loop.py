"""A bare loop: redis-py reads one entry per event, 500 at a time, msgspec decodes it; nothing else.

No acknowledgement, no database: the floor of "one message per event", with hiredis and RESP2.
"""

from collections.abc import Sequence

import msgspec
import uvloop
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from bench.peers import Order, Outcome
from bench.peers.running import Prepared, Stopwatch, events_as_posted
from shared.contracts.feedback import FeedbackSubmittedEvent

STREAM, GROUP, FIELD = "bench:loop", "bench-loop", b"event"
AT_A_TIME = 500

_DECODER = msgspec.json.Decoder(FeedbackSubmittedEvent)


def prepare(order: Order) -> Prepared:
    """The entries are in Redis before the measured time begins."""
    bodies = [body for _, _, body in events_as_posted(order.events)]
    redis = Redis.from_url(order.redis_url, protocol=2)
    _publish(redis, bodies)
    if order.peer == "loop-sync":
        return lambda: _blocking(redis, len(bodies))
    redis.close()
    return lambda: uvloop.run(_asyncio(order.redis_url, len(bodies)))


def _blocking(redis: Redis, events: int) -> Outcome:
    watch, decoded = Stopwatch(), 0
    while decoded < events:
        answer = redis.xreadgroup(GROUP, "bench", {STREAM: ">"}, count=AT_A_TIME)
        decoded += _decode(answer)
    outcome = watch.outcome(decoded)
    redis.delete(STREAM)
    return outcome


async def _asyncio(url: str, events: int) -> Outcome:
    redis = AsyncRedis.from_url(url, protocol=2)
    await redis.ping()
    watch, decoded = Stopwatch(), 0
    while decoded < events:
        answer = await redis.xreadgroup(GROUP, "bench", {STREAM: ">"}, count=AT_A_TIME)
        decoded += _decode(answer)
    outcome = watch.outcome(decoded)
    await redis.delete(STREAM)
    await redis.aclose()
    return outcome


def _decode(answer: object) -> int:
    entries: Sequence[tuple[bytes, dict[bytes, bytes]]] = answer[0][1]  # type: ignore[index]  # redis-py's answer has no type
    for _, fields in entries:
        _DECODER.decode(fields[FIELD])
    return len(entries)


def _publish(redis: Redis, bodies: Sequence[bytes]) -> None:
    redis.delete(STREAM)
    redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    for start in range(0, len(bodies), 1_000):
        pipeline = redis.pipeline(transaction=False)
        for body in bodies[start : start + 1_000]:
            pipeline.xadd(STREAM, {FIELD: body})
        pipeline.execute()
