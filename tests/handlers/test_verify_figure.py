"""`rancak verify --figure`: whatever of a figure, its chain or its sums is changed is found."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.domain.receipt import chained
from services.scoring.store import figures
from services.scoring.usecases.receipts import UnknownFigure
from services.scoring.usecases.verify_figure import FigureReport, verify_figure
from tests.handlers.counting import WORST, Counting, answer

NEW_YEAR = datetime(2027, 1, 1, 7, tzinfo=UTC)
FIGURE = "scope = 'service:a.x' AND period = '2026'"
BETTER = """convert_to(
    replace(convert_from(body, 'UTF8'), '"index":"100"', '"index":"99"'), 'UTF8')"""


@pytest.fixture
async def city(scoring: Counting) -> Counting:
    """Figures of three rounds: open ones, newer ones, and those of the closed year."""
    await scoring.count(*[answer("a.x", place="mpp")] * 12)
    await scoring.publish()
    await scoring.count(*[answer("a.x", WORST, place="mpp")] * 12, *[answer("b.y")] * 3)
    await scoring.publish()
    await scoring.count(*[answer("b.z")] * 9, *[answer("c.z", (4, None) + (3,) * 7)] * 11)
    await scoring.publish(NEW_YEAR)
    return scoring


async def ids(city: Counting) -> list[str]:
    """All figures by number."""
    return [str(each) for (each,) in await city.rows("SELECT id FROM figure ORDER BY number")]


async def wrong(engine: AsyncEngine, figure: str) -> dict[str, str]:
    """The checks that do not hold, with what they say."""
    report: FigureReport = await verify_figure(engine, figure)
    assert report.is_right == all(check.ok for check in report.checks)
    return {check.name: check.detail for check in report.checks if not check.ok}


async def test_every_figure_that_was_made_can_be_derived_again(
    city: Counting, engine: AsyncEngine
) -> None:
    made = await ids(city)
    assert len(made) > 40

    for figure in made:
        report = await verify_figure(engine, figure)
        assert report.is_right, report
        assert [check.name for check in report.checks] == [
            *("hash", "chain", "again", "sums", "counted")
        ]


async def test_a_figure_that_never_was_is_no_fault_but_a_deleted_one_is(
    city: Counting, engine: AsyncEngine
) -> None:
    last = (await ids(city))[-1]
    with pytest.raises(UnknownFigure):
        await verify_figure(engine, "f9999")

    await city.disturb(f"DELETE FROM figure WHERE id = '{last}'")

    found = await wrong(engine, last)
    assert set(found) == {"chain", "hash"}
    assert found["hash"] == "it is not stored"


OLDEST = f"id = (SELECT id FROM figure WHERE {FIGURE} ORDER BY number LIMIT 1)"
TAMPERINGS = {
    "another index": (
        f"UPDATE figure SET body = {BETTER} WHERE {OLDEST}",
        {"hash", "chain", "again"},
    ),
    "another hash": (
        f"UPDATE figure SET hash = decode(repeat('ab', 32), 'hex') WHERE {OLDEST}",
        {"hash", "chain"},
    ),
    "another link": (
        f"UPDATE figure SET previous = decode(repeat('ab', 32), 'hex') WHERE {OLDEST}",
        {"hash", "chain"},
    ),
    "another figure's row": (
        f"UPDATE figure SET period = '2025' WHERE {OLDEST}",
        {"chain"},
    ),
    "an older figure shown as the newest": (
        f"UPDATE figure SET is_newest = false WHERE {FIGURE} AND is_newest;"
        f"UPDATE figure SET is_newest = true WHERE {OLDEST}",
        {"chain"},
    ),
    "another day in its row": (
        f"UPDATE figure SET at = at + interval '1 day' WHERE {OLDEST}",
        {"chain"},
    ),
    "the last figure linked to nothing, with a fitting hash": (
        "UPDATE figure SET previous = decode(repeat('ab', 32), 'hex'),"
        " hash = sha256(decode(repeat('ab', 32), 'hex') || body)"
        " WHERE number = (SELECT figures FROM publication);"
        "UPDATE publication SET tip = (SELECT hash FROM figure WHERE number = figures)",
        {"chain"},
    ),
    "a figure deleted long after it": ("DELETE FROM figure WHERE id = 'f30'", {"chain"}),
    "another end of the chain": ("UPDATE publication SET figures = figures - 1", {"chain"}),
    "a batch deleted": ("DELETE FROM batch WHERE number = 1", {"again", "sums"}),
    "the last batch deleted": (
        "DELETE FROM batch WHERE number = (SELECT max(number) FROM batch)",
        {"sums"},
    ),
    "a batch with another score": (
        "UPDATE batch SET counters[16] = counters[16] - 1, counters[13] = counters[13] + 1"
        " WHERE number = 1",
        {"again", "sums"},
    ),
    "a batch of another month": (
        "UPDATE batch SET start = '2026-08-01', last = '2026-08-31' WHERE number = 1",
        {"sums"},
    ),
    "a batch of no period": (
        "UPDATE batch SET start = '2026-08-02' WHERE number = 1",
        {"again", "sums"},
    ),
    "another public sum": (
        "UPDATE published SET time_4 = time_4 + 1 WHERE scope = 'city'",
        {"sums", "counted"},
    ),
    "a public sum more": (
        "INSERT INTO published SELECT 'agency:z', start, last, series,"
        " n, total, total_sq, {rest} FROM published WHERE scope = 'city' LIMIT 1",
        {"sums", "counted"},
    ),
    "more released": ("UPDATE released SET n = n + 1 WHERE service = 'a.x'", {"sums", "counted"}),
    "less counted": ("UPDATE rollup SET n = n - 1 WHERE service = 'a.x'", {"counted"}),
    "less counted of one score": (
        "UPDATE rollup SET time_4 = time_4 - 1 WHERE service = 'a.x'",
        {"counted"},
    ),
}


async def test_whatever_is_changed_is_found_by_the_check_that_looks_at_it(
    city: Counting, engine: AsyncEngine
) -> None:
    (figure,) = [str(each) for (each,) in await city.rows(f"SELECT id FROM figure WHERE {OLDEST}")]
    tables = ("figure", "publication", "batch", "published", "released", "rollup")
    columns = await city.rows(
        "SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = 'published'::regclass AND attnum > 7"
    )
    for table in tables:
        await city.disturb(f"CREATE TABLE saved_{table} AS TABLE {table}")
    missed = []
    for what, (statements, expected) in TAMPERINGS.items():
        for statement in statements.format(rest=columns[0][0]).split(";"):
            await city.disturb(statement)
        found = await wrong(engine, figure)
        if set(found) != expected:
            missed.append(f"{what}: {found}")
        for table in tables:
            await city.disturb(f"DELETE FROM {table}")
            await city.disturb(f"INSERT INTO {table} TABLE saved_{table}")

    assert not missed, "\n".join(missed)
    assert await wrong(engine, figure) == {}, "void: what was put back is not as it was"


async def test_a_figure_changed_with_its_whole_chain_is_found_by_its_batches(
    city: Counting, engine: AsyncEngine
) -> None:
    async with engine.begin() as connection:
        rows = await figures.chain(connection, 0, 1_000)
    tip = bytes(32)
    for row in rows:
        body = row.body.replace(b'"index":"100"', b'"index":"99"')
        previous, tip = tip, chained(tip, body)
        await city.disturb(
            f"UPDATE figure SET body = '\\x{body.hex()}', previous = '\\x{previous.hex()}',"
            f" hash = '\\x{tip.hex()}' WHERE number = {row.number}"
        )
    await city.disturb(f"UPDATE publication SET tip = '\\x{tip.hex()}'")

    found = await wrong(engine, "f1")

    assert set(found) == {"again"}
    assert found["again"].startswith('index: stored "99", again "100"; elements.')
