"""What becomes public: in steps of ten answers, with receipts, exact once a period is closed."""

from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.domain.receipt import GENESIS, chained
from services.scoring.store import figures, unpublished
from services.scoring.usecases.announce import announce
from services.scoring.usecases.figure_body import FigureBody, read
from services.scoring.usecases.publish import QUIET, publish
from shared.log import read as read_log
from tests.handlers.counting import PERFECT, WORST, Counting, answer

NEW_YEAR = datetime(2027, 1, 1, 7, tzinfo=UTC)


async def newest(engine: AsyncEngine, period: str, *scopes: str) -> list[FigureBody | None]:
    async with engine.connect() as connection:
        found = await figures.newest(connection, scopes, period)
    return [read(found[scope]) if scope in found else None for scope in scopes]


async def told(engine: AsyncEngine, kind: str) -> list[dict[str, object]]:
    async with engine.connect() as connection:
        runs = await read_log.runs_between(connection, "figures", 0, 10_000)
    events = [msgspec.json.decode(event) for run in runs for event in run.events()]
    return [event["data"] for event in events if event["type"] == f"id.rancak.{kind}.v1"]


async def test_nine_answers_stay_behind_and_the_tenth_brings_all_of_them(
    scoring: Counting, engine: AsyncEngine
) -> None:
    await scoring.count(*[answer("a.x")] * 9)
    assert await scoring.publish() == 0
    assert await newest(engine, "2026", "city", "agency:a", "service:a.x") == [None] * 3

    await scoring.count(answer("a.x", WORST))
    assert await scoring.publish() > 0

    for figure in await newest(engine, "2026", "city", "agency:a", "service:a.x"):
        assert figure is not None
        assert (figure.n, figure.index, figure.letter) == (10, "93", "A")
        assert (figure.exact, figure.closed, figure.interval) == (None, False, None)


async def test_a_figure_does_not_move_until_ten_more_have_come(
    scoring: Counting, engine: AsyncEngine
) -> None:
    await scoring.count(*[answer("a.x")] * 10)
    await scoring.publish()
    before = await newest(engine, "2026", "service:a.x")

    await scoring.count(*[answer("a.x", WORST)] * 9)
    assert await scoring.publish() == 0
    assert await newest(engine, "2026", "service:a.x") == before

    await scoring.count(answer("a.x", WORST))
    await scoring.publish()
    (after,) = await newest(engine, "2026", "service:a.x")
    assert after is not None
    assert (after.n, after.index, after.supersedes) == (20, "63", before[0] and before[0].id)


async def test_a_closed_period_is_exact_with_its_interval_and_small_services_are_in_the_citys(
    scoring: Counting, engine: AsyncEngine
) -> None:
    scores = (4, 4, 3, 4, 4, 3, 4, 3, 3)
    await scoring.count(*[answer("a.x")] * 12, *[answer("a.x", scores)] * 11)
    await scoring.count(*[answer("b.y", scores)] * 3, *[answer("b.z", scores)] * 4)
    await scoring.count(*[answer("c.z", scores)] * 4)
    await scoring.publish()

    await scoring.publish(NEW_YEAR)

    small, agency, city = await newest(engine, "2026", "service:b.y", "agency:b", "city")
    assert small is None
    assert agency is None
    assert city is not None
    assert (city.closed, city.n, city.letter) == (True, 34, "A")
    assert city.index == "92.81"
    assert city.exact is not None
    assert city.interval is not None
    assert float(city.interval.low) < float(city.index) < float(city.interval.high)
    assert city.elements["time"].n == 34
    assert city.provisional


async def test_a_closing_is_told_once_and_a_late_answer_is_a_correction(
    scoring: Counting, engine: AsyncEngine
) -> None:
    await scoring.count(*[answer("a.x")] * 12)
    await scoring.publish()
    await scoring.publish(NEW_YEAR)
    await scoring.publish(NEW_YEAR)
    closings = [event["period"] for event in await told(engine, "period.closed")]
    assert closings == ["2026-09", "2026-Q3", "2026-S2", "2026"]
    assert await told(engine, "index.corrected") == []

    await scoring.count(*[answer("a.x", WORST)] * 12)
    await scoring.publish(NEW_YEAR + timedelta(days=1))

    corrected = await told(engine, "index.corrected")
    assert {(event["scope"], event["period"]) for event in corrected} == {
        (scope, period) for scope in ("city", "agency:a", "service:a.x") for period in closings
    }
    before, after = corrected[0]["before"], corrected[0]["after"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert (before["index"], after["index"]) == ("100.00", "62.50")


async def test_every_figure_is_chained_to_the_one_before_it(
    scoring: Counting, engine: AsyncEngine
) -> None:
    for scores in (PERFECT, WORST, PERFECT):
        await scoring.count(*[answer("a.x", scores, place="mpp")] * 30)
        await scoring.publish()
    await scoring.publish(NEW_YEAR)

    async with engine.connect() as connection:
        rows = await figures.chain(connection, 0, 1_000)

    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    previous = GENESIS
    for row in rows:
        assert row.previous == previous
        assert row.hash == chained(previous, row.body)
        previous = row.hash
    assert {row.scope for row in rows} == {"city", "agency:a", "service:a.x", "place:mpp"}


async def test_what_is_left_of_an_import_joins_once_it_is_quiet(
    scoring: Counting, engine: AsyncEngine
) -> None:
    imported = [
        answer(service, day=f"2021-0{month}-05", place="mpp", series="imported")
        for service in ("a.x", "b.y", "c.z")
        for month in (1, 2, 3)
        for _ in range(4)
    ]
    await scoring.publish()
    await scoring.count(*imported)
    await scoring.publish()
    assert await newest(engine, "2021", "place:mpp") == [None]

    await scoring.publish(later=QUIET + timedelta(seconds=1))

    (mall, service) = await newest(engine, "2021", "place:mpp", "service:a.x")
    assert mall is not None
    assert service is not None
    assert (mall.n, mall.index, service.n) == (36, "100.00", 12)
    assert mall.closed


async def test_a_round_that_ends_after_any_of_its_pieces_is_finished_by_the_next_ones(
    scoring: Counting, engine: AsyncEngine
) -> None:
    await scoring.count(
        *[answer("a.x")] * 24, *[answer("b.y")] * 13, *[answer("b.z", place="mpp")] * 4
    )
    await scoring.count(*[answer("c.z", WORST)] * 4, *[answer("d.z", WORST)] * 2)
    async with engine.begin() as connection:
        await announce(connection, after="", now=NEW_YEAR)

    for pieces in range(1, 30):
        async with (
            engine.connect() as connection,
            aclosing(publish(connection, now=NEW_YEAR + QUIET * 2)) as begun,
        ):
            async for _ in islice_of(begun, pieces):
                pass

    periods = ["2026-09", "2026-Q3", "2026-S2", "2026"]
    assert [event["period"] for event in await told(engine, "period.closed")] == periods
    published = await told(engine, "figure.published")
    assert len(published) == len({(event["scope"], event["period"]) for event in published})
    city, mall, small = await newest(engine, "2026", "city", "place:mpp", "agency:d")
    assert city is not None
    assert (city.closed, city.n, mall, small) == (True, 47, None, None)
    assert await scoring.rows("SELECT * FROM figure_due UNION SELECT period, '' FROM closing") == []


async def islice_of(pieces: AsyncIterator[int], most: int) -> AsyncIterator[int]:
    """The first pieces of a round."""
    for _ in range(most):
        with suppress(StopAsyncIteration):
            yield await anext(pieces)


async def test_a_quarantine_of_a_whole_months_series_is_public_at_once_and_so_is_its_end(
    scoring: Counting, engine: AsyncEngine
) -> None:
    await scoring.count(*[answer("a.x")] * 12, *[answer("a.x", WORST, series="open")] * 11)
    await scoring.publish()
    await scoring.publish(NEW_YEAR)
    before = await newest(engine, "2026", "service:a.x", "city")

    await scoring.disturb("UPDATE rollup SET series = 'gone' WHERE series = 'open'")
    await scoring.disturb("DELETE FROM rollup WHERE series = 'gone'")
    await publish_year(scoring)
    quarantined = await newest(engine, "2026", "service:a.x", "city")
    await scoring.count(*[answer("a.x", WORST, series="open")] * 11)
    await publish_year(scoring)
    after = await newest(engine, "2026", "service:a.x", "city")

    for old, out, back in zip(before, quarantined, after, strict=True):
        assert old is not None
        assert out is not None
        assert back is not None
        assert (old.n, old.index) == (back.n, back.index) == (23, "64.13")
        assert (out.n, out.index, out.letter) == (12, "100.00", "A")
    corrected = await told(engine, "index.corrected")
    assert len([each for each in corrected if each["period"] == "2026"]) == 6


async def test_a_quarantine_of_a_part_waits_for_ten_new_answers(
    scoring: Counting, engine: AsyncEngine
) -> None:
    await scoring.count(*[answer("a.x")] * 30)
    await scoring.publish()
    await scoring.publish(NEW_YEAR)
    before = await newest(engine, "2026", "service:a.x")

    await scoring.disturb("UPDATE rollup SET n = n - 12, time_4 = time_4 - 12")
    await publish_year(scoring)
    assert await newest(engine, "2026", "service:a.x") == before


async def publish_year(scoring: Counting) -> None:
    """A round that looks at all of the year."""
    async with scoring.engine.begin() as connection:
        await unpublished.mark(connection, [("a.x", 2026)], NEW_YEAR)
    await scoring.publish(NEW_YEAR, later=QUIET * 2)
