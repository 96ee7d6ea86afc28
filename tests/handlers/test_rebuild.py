"""Rebuild and verify: the log decides; whatever differs from it is found and put right."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.usecases.read_log import LogFault
from services.scoring.usecases.rebuild import LogIncomplete, rebuild
from services.scoring.usecases.verify import verify, verify_rollups
from shared.consume import dead_letters
from shared.log import append
from shared.log.run import compress, pack
from tests.handlers.counting import WORST, Counting, MemoryHead, answer

BAD = answer().replace(b'"cost":4', b'"cost":9')


def unseen(stream: str, done: int, total: int) -> None:
    assert 0 < done <= total, stream


@pytest.fixture
async def scoring(scoring: Counting) -> Counting:
    """Answers of two streams, some with respondents, in several runs."""
    for day in ("2025-12-31", "2026-01-01", "2026-09-14"):
        await scoring.count(
            answer("a.x", day=day, place="mpp", respondent={"sex": "female", "age": 34}),
            answer("a.y", WORST, day=day, series="open"),
        )
        await scoring.count(answer("b.x", day=day, respondent={}), stream="feedback.1")
    return scoring


TAMPERINGS = {
    "UPDATE rollup SET time_4 = time_4 - 1, time_3 = time_3 + 1 WHERE service = 'a.x'": 6,
    "UPDATE rollup SET n = n + 1 WHERE grain = 'y' AND series = 'open'": 2,
    "UPDATE profile SET sex_female = 0": 5,
    "DELETE FROM rollup WHERE service = 'b.x' AND grain = 'd'": 3,
    "TRUNCATE profile": 10,
    "UPDATE rollup SET service = 'c.x' WHERE service = 'a.x' AND grain = 'm'": 6,
}


async def test_what_was_counted_live_equals_the_log(scoring: Counting, engine: AsyncEngine) -> None:
    report = await verify_rollups(engine, scoring.log, unseen)

    assert report.is_right
    days, months, years = 3, 3, 2
    assert report.events == 9
    rollups = (days + months + years) * 3
    profiles = (months + years) * 2
    assert report.rows == rollups + profiles


@pytest.mark.parametrize(("statement", "rows"), TAMPERINGS.items())
async def test_a_wrong_counter_is_found_and_put_right(
    scoring: Counting, engine: AsyncEngine, statement: str, rows: int
) -> None:
    await scoring.disturb(statement)

    wrong = await verify_rollups(engine, scoring.log, unseen)
    done = await rebuild(engine, scoring.log, unseen)
    right = await verify_rollups(engine, scoring.log, unseen)

    assert not wrong.is_right
    assert (wrong.differing_rows, done.put_right + done.removed) == (rows, rows)
    assert wrong.examples[0].stored != wrong.examples[0].counted
    assert right.is_right


async def test_an_index_that_a_rebuild_moved_is_announced(
    scoring: Counting, engine: AsyncEngine
) -> None:
    await scoring.disturb("DELETE FROM dirty")
    await scoring.disturb("UPDATE rollup SET n = n + 1 WHERE service = 'a.y' AND grain = 'd'")
    await rebuild(engine, scoring.log, unseen)
    assert await scoring.rows("SELECT service, year FROM dirty") == []

    await scoring.disturb("UPDATE rollup SET n = n + 1 WHERE service = 'a.y' AND grain = 'm'")
    await rebuild(engine, scoring.log, unseen)

    assert await scoring.rows("SELECT service, year FROM dirty ORDER BY 2") == [
        ("a.y", 2025),
        ("a.y", 2026),
    ]


async def test_events_that_are_waiting_or_dead_are_not_counted(
    scoring: Counting, engine: AsyncEngine
) -> None:
    bad = scoring.log.append("feedback.0", [answer(), BAD, answer()])
    for _ in range(dead_letters.MAX_ATTEMPTS):
        await scoring.applier.apply_one_by_one("feedback.0", [bad])
    scoring.log.append("feedback.0", [answer(), answer()])
    await scoring.count(answer())

    report = await verify_rollups(engine, scoring.log, unseen)

    assert report.is_right
    assert report.events == 9 + 2 + 1


async def test_an_applied_event_that_cannot_be_counted_is_named_and_nothing_rebuilt(
    scoring: Counting, engine: AsyncEngine
) -> None:
    bad = scoring.log.append("feedback.1", [BAD])
    for _ in range(dead_letters.MAX_ATTEMPTS):
        await scoring.applier.apply_one_by_one("feedback.1", [bad])
    await scoring.disturb("DELETE FROM dead_letter")

    report = await verify_rollups(engine, scoring.log, unseen)

    # What is folded with it is counted once all the same.
    assert report.differing_rows == 0
    assert report.uncountable == [("feedback.1", bad.first)]
    assert not report.is_right
    with pytest.raises(LogIncomplete, match=f"feedback.1:{bad.first}"):
        await rebuild(engine, scoring.log, unseen)


async def test_a_rebuild_refuses_a_log_that_lacks_what_was_counted(
    scoring: Counting, engine: AsyncEngine
) -> None:
    before = await scoring.rows("SELECT * FROM rollup ORDER BY 1, 2, 3, 4, 5")
    scoring.log.stored["feedback.0"].pop()

    with pytest.raises(LogIncomplete):
        await rebuild(engine, scoring.log, unseen)

    assert await scoring.rows("SELECT * FROM rollup ORDER BY 1, 2, 3, 4, 5") == before


async def test_a_rebuild_under_load_ends_with_what_was_counted_meanwhile(
    scoring: Counting, engine: AsyncEngine
) -> None:
    await scoring.disturb("UPDATE rollup SET n = n + 1")
    counting = True

    async def keep_counting() -> None:
        while counting:
            await scoring.count(answer("a.x"), answer("b.x", WORST))

    load = asyncio.create_task(keep_counting())
    for _ in range(5):
        await rebuild(engine, scoring.log, unseen)
        assert (await verify_rollups(engine, scoring.log, unseen)).is_right
    counting = False
    await load

    report = await verify_rollups(engine, scoring.log, unseen)
    assert report.is_right
    assert report.events == sum(head.head for head in scoring.log.claimed.values())
    assert report.events > 9


async def test_verify_follows_the_hash_chain_of_every_stream_and_our_own(
    scoring: Counting, engine: AsyncEngine
) -> None:
    async with engine.begin() as connection:
        await append(connection, {"figures": [b'{"id":"1"}', b'{"id":"2"}']})

    report = await verify(engine, scoring.log, unseen)

    assert report.is_right
    assert [(stream.stream, stream.head) for stream in report.streams] == [
        ("feedback.0", 6),
        ("feedback.1", 3),
        ("alerts", 0),
        ("figures", 2),
    ]


@pytest.mark.parametrize(
    ("body", "fault"), [(compress(b'[{"id":"9"}]'), "changed"), (b"[]", "unreadable")]
)
async def test_a_change_of_our_own_log_is_found(
    scoring: Counting, engine: AsyncEngine, body: bytes, fault: str
) -> None:
    async with engine.begin() as connection:
        await append(connection, {"figures": [b'{"id":"1"}']})
    await scoring.disturb(f"UPDATE run SET body = '\\x{body.hex()}'")

    report = await verify(engine, scoring.log, unseen)

    assert report.streams[-1].faults[0] == LogFault("figures", 1, fault)


async def test_every_tampering_with_the_log_is_found(
    scoring: Counting, engine: AsyncEngine
) -> None:
    honest = list(scoring.log.stored["feedback.0"])
    first, second, third = honest
    events = second.events()
    swapped = replace(second, body=pack(events[::-1]))
    changed = replace(second, body=second.body.replace(b'"open"', b'"agency"'))
    shorter = replace(second, body=pack(events[:1]))
    claimed = scoring.log.claimed["feedback.0"]
    forged_tip = MemoryHead(claimed.head, "ab" * 32)
    tamperings = {
        "changed": ([first, changed, third], claimed),
        "changed order": ([first, swapped, third], claimed),
        "gap": ([first, third], claimed),
        "gap inside": ([first, shorter, third], claimed),
        "cut": ([first, second], claimed),
        "tip": (honest, forged_tip),
        "beyond_head": ([first, second], MemoryHead(second.last, second.chain)),
    }

    for name, (runs, head) in tamperings.items():
        scoring.log.stored["feedback.0"] = runs
        scoring.log.claimed["feedback.0"] = head
        report = await verify(engine, scoring.log, unseen)
        faults = [*report.streams[0].faults, *report.rollups.missing]
        assert faults[0].fault == name.partition(" ")[0], name
        assert not report.is_right


async def test_a_run_that_pages_of_the_feed_cut_is_whole_again(
    scoring: Counting, engine: AsyncEngine
) -> None:
    for _ in range(7):
        await scoring.count(*(answer() for _ in range(900)))

    report = await verify(engine, scoring.log, unseen)

    assert report.is_right
    assert report.rollups.events == 9 + 7 * 900
