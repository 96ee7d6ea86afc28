"""FastStream as its tutorial has it: a JSON message, a pydantic model, a write per event.

Written fairly: uvloop and hiredis, one subscriber per partition as we have, a pool, one prepared
statement, a commit per event. In its favour: it writes the day only (we write day, month and year),
ten sums instead of 39 counters, no respondents, and it would count a redelivered message twice.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import uvloop
from faststream.redis import RedisBroker, StreamSub
from pydantic import BaseModel
from redis.asyncio import Redis
from sqlalchemy import Column, Date, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bench.peers import Order, Outcome
from bench.peers.running import Prepared, Stopwatch, events_as_posted

PARTITIONS = 4
GROUP = "bench-tutorial"
MOST_S = 60
QUIET = logging.getLogger("bench")  # says nothing below a warning: no line per message
KEY = ("service", "place", "series", "day")


class Answers(BaseModel):
    """The nine scores."""

    requirements: int
    procedure: int
    time: int
    cost: int
    product: int
    competence: int
    behaviour: int
    complaints: int
    facilities: int


class Data(BaseModel):
    """What was answered."""

    service: str
    place: str = ""
    series: str
    answers: Answers


class Event(BaseModel):
    """The message."""

    id: str
    time: datetime
    data: Data


ELEMENTS = tuple(Answers.model_fields)
Handler = Callable[[Event], Awaitable[None]]


def prepare(order: Order) -> Prepared:
    """The measured time begins when the subscribers start."""
    events = [body for _, _, body in events_as_posted(order.events)]
    messages = [Event.model_validate_json(body) for body in events]
    return lambda: uvloop.run(_run(order, messages))


async def _run(order: Order, messages: Sequence[Event]) -> Outcome:
    url = make_url(order.database_url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, pool_size=PARTITIONS)
    table = _table()
    async with engine.begin() as connection:
        await connection.run_sync(table.drop, checkfirst=True)
        await connection.run_sync(table.create)
    left = asyncio.Semaphore(0)
    broker = _broker(order.redis_url, _handler(engine, _upsert(table), left))
    await _publish(order.redis_url, messages)
    watch = Stopwatch()
    await broker.start()
    async with asyncio.timeout(MOST_S):
        for _ in messages:
            await left.acquire()
    outcome = watch.outcome(len(messages))
    await broker.stop()
    await _clean(order.redis_url, engine, table)
    return outcome


def _handler(engine: AsyncEngine, upsert: Insert, done: asyncio.Semaphore) -> Handler:
    async def count(event: Event) -> None:
        scores = event.data.answers.model_dump()
        row = {
            "service": event.data.service,
            "place": event.data.place,
            "series": event.data.series,
            "day": event.time.date(),
            "n": 1,
            **scores,
        }
        async with engine.begin() as connection:
            await connection.execute(upsert, row)
        done.release()

    return count


def _broker(url: str, count: Handler) -> RedisBroker:
    broker = RedisBroker(url, logger=QUIET)
    for key in _keys():
        broker.subscriber(stream=StreamSub(key, group=GROUP, consumer="bench"))(count)
    return broker


async def _publish(url: str, messages: Sequence[Event]) -> None:
    redis, broker = Redis.from_url(url), RedisBroker(url, logger=QUIET)
    keys = _keys()
    for key in keys:
        await redis.xgroup_create(key, GROUP, id="0", mkstream=True)
    async with broker:
        for at, message in enumerate(messages):
            await broker.publish(message, stream=keys[at % len(keys)])
    await redis.aclose()


async def _clean(url: str, engine: AsyncEngine, table: Table) -> None:
    redis = Redis.from_url(url)
    await redis.delete(*_keys())
    await redis.aclose()
    async with engine.begin() as connection:
        await connection.run_sync(table.drop)
    await engine.dispose()


def _keys() -> list[str]:
    return [f"bench:tutorial:{number}" for number in range(PARTITIONS)]


def _table() -> Table:
    return Table(
        "bench_tutorial_rollup",
        MetaData(),
        *(Column(name, Text, primary_key=True) for name in KEY[:-1]),
        Column("day", Date, primary_key=True),
        *(Column(name, Integer, nullable=False) for name in ("n", *ELEMENTS)),
    )


def _upsert(table: Table) -> Insert:
    statement = insert(table)
    added = {name: table.c[name] + statement.excluded[name] for name in ("n", *ELEMENTS)}
    return statement.on_conflict_do_update(index_elements=KEY, set_=added)
