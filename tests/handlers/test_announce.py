"""`index.changed`: one per moved service and second, with the last event's correlation id."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.usecases.announce import Announcer, announce
from shared.contracts.cloudevent import Stored
from shared.contracts.figures import INDEX_CHANGED, IndexChanged
from shared.log import read
from tests.handlers.counting import NOON, PERFECT, WORST, Counting, answer
from tests.waiting import wait_until


class Event(msgspec.Struct):
    """What the tests look at."""

    type: str
    source: str
    id: str
    time: datetime
    data: IndexChanged
    correlationid: str | None = None


async def announced(engine: AsyncEngine) -> Sequence[Event]:
    async with engine.connect() as connection:
        runs = await read.runs_between(connection, "figures", 0, 10_000)
    events = [raw for run in runs for raw in run.events()]
    moved = [raw for raw in events if msgspec.json.decode(raw, type=Stored).type == INDEX_CHANGED]
    return [msgspec.json.decode(raw, type=Event) for raw in moved]


async def announce_next(engine: AsyncEngine, after: str = "") -> list[str]:
    async with engine.begin() as connection:
        claimed = await announce(connection, after=after, now=NOON)
    return [each.service for each in claimed]


async def test_a_moved_index_is_announced_with_all_that_its_readers_need(
    scoring: Counting, engine: AsyncEngine
) -> None:
    await scoring.count(
        answer("a.x", PERFECT, correlation="first"),
        answer("a.x", (*WORST[:8], None), series="open", correlation="last"),
    )

    assert await announce_next(engine) == ["a.x"]

    (event,) = await announced(engine)
    assert (event.type, event.source, event.time) == (INDEX_CHANGED, "/scoring", NOON)
    assert event.correlationid == "last"
    assert event.data == IndexChanged(
        service="a.x",
        agency="a",
        period="2026",
        n=2,
        index="66.67",
        exact="200/3",
        index_class="C",
        rule_set="permenpanrb-14-2017",
        elements={
            "requirements": "62.50",
            "procedure": "62.50",
            "time": "62.50",
            "cost": "62.50",
            "product": "62.50",
            "competence": "62.50",
            "behaviour": "62.50",
            "complaints": "62.50",
            "facilities": "100.00",
        },
        as_of="2026-09-14T12:00:00+00:00",
    )


async def test_what_is_announced_is_clean_until_it_moves_again(
    scoring: Counting, engine: AsyncEngine
) -> None:
    await scoring.count(answer("a.x"), answer("a.x"), answer("b.x"))

    assert await announce_next(engine) == ["a.x", "b.x"]
    assert await announce_next(engine) == []

    await scoring.count(answer("b.x"))

    assert await announce_next(engine) == ["b.x"]
    assert [event.data.n for event in await announced(engine)] == [2, 1, 2]


async def test_a_round_goes_on_behind_the_last_service_of_a_batch(
    scoring: Counting, engine: AsyncEngine
) -> None:
    await scoring.count(*(answer(f"a.{number}") for number in range(1, 6)))

    async with engine.begin() as connection:
        first = await announce(connection, after="", now=NOON, most=3)

    assert [each.service for each in first] == ["a.1", "a.2", "a.3"]
    assert await announce_next(engine, after="a.3") == ["a.4", "a.5"]


async def test_an_import_of_old_answers_announces_their_year_one_at_a_time(
    scoring: Counting, engine: AsyncEngine
) -> None:
    await scoring.count(answer("a.x", day="2021-05-04"), answer("a.x", day="2026-09-14"))

    assert await announce_next(engine) == ["a.x"]
    assert await announce_next(engine) == ["a.x"]
    assert await announce_next(engine) == []
    assert [event.data.period for event in await announced(engine)] == ["2021", "2026"]


async def test_an_announcement_that_is_not_committed_is_made_again(
    scoring: Counting, engine: AsyncEngine
) -> None:
    await scoring.count(answer("a.x"))

    async with engine.connect() as connection:
        await announce(connection, after="", now=NOON)
        await connection.rollback()

    assert await announced(engine) == []
    assert await announce_next(engine) == ["a.x"]


async def test_a_service_that_a_consumer_is_marking_is_left_for_the_next_round(
    scoring: Counting, engine: AsyncEngine
) -> None:
    await scoring.count(answer("a.x"), answer("b.x"))

    async with engine.begin() as consumer:
        await consumer.exec_driver_sql("SELECT 1 FROM dirty WHERE service = 'a.x' FOR UPDATE")
        assert await announce_next(engine) == ["b.x"]

    assert await announce_next(engine) == ["a.x"]


async def test_under_a_stream_of_answers_a_service_is_announced_once_a_second(
    scoring: Counting, engine: AsyncEngine
) -> None:
    announcers = [Announcer(engine, lambda: datetime.now(UTC), lambda: None) for _ in range(2)]
    started = time.monotonic()
    async with announcers[0].running(), announcers[1].running():
        while time.monotonic() < started + 3.5:
            await scoring.count(answer("a.x"))
            for announcer in announcers:
                announcer.wake()
        counted = scoring.log.claimed["feedback.0"].head

        async def all_announced() -> bool:
            events = await announced(engine)
            return bool(events) and events[-1].data.n == counted

        await wait_until(all_announced, "the last answer to be announced")

    times = [event.time for event in await announced(engine)]
    assert len(times) >= 3
    assert min(later - earlier for earlier, later in pairwise(times)) >= timedelta(seconds=1)
    assert announcers[0].stalled() is None


async def test_another_takes_over_when_the_leader_is_gone(
    scoring: Counting, engine: AsyncEngine
) -> None:
    leader = Announcer(engine, lambda: NOON, lambda: None)
    heir = Announcer(engine, lambda: NOON, lambda: None)
    async with asyncio.timeout(10):
        async with heir.running():
            async with leader.running():
                await scoring.count(answer("a.x"))

                async def one() -> bool:
                    return len(await announced(engine)) == 1

                await wait_until(one, "the first announcement")
            await scoring.count(answer("a.x"))

            async def two() -> bool:
                return len(await announced(engine)) == 2

            await wait_until(two, "the heir's announcement")
