"""The follower in the running system: behind, never in the way, complete whatever Redis does."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.usecases.rebuild import rebuild
from shared import database
from shared.consume.feed_client import Feed
from shared.consume.follower import PIECE, Follower
from shared.log import Run
from shared.metrics import Metrics
from tests.events import answer
from tests.running import SERVICE_KEY, Rancak, bearer
from tests.waiting import wait_until

MORNING = datetime(2025, 9, 10, 2, tzinfo=UTC)


def at(minute: int, *, days: int) -> dict[str, Any]:
    time = MORNING + timedelta(days=days, minutes=minute)
    return answer(time=time.isoformat())


async def marks(rancak: Rancak, key: str) -> Any:
    return await rancak.http.get(
        f"{rancak.urls['scoring']}/v1/integrity",
        params={"scope": "agency:dpmptsp", "period": "2025-09"},
        headers=bearer(key),
    )


async def caught_up(rancak: Rancak, applied: int) -> None:
    """Wait until the follower has read all; what it has and what waits add up all the time."""

    async def has_all() -> bool:
        rows = await rancak.streams("integrity", at="scoring")
        assert set(rows) == {f"feedback.{number}" for number in range(4)}
        return bool(sum(row["applied"] for row in rows.values()) == applied)

    await wait_until(has_all, f"{applied} answers to leave traces", timeout=20)


async def measured(rancak: Rancak, applied: int) -> None:
    """Wait until the gauges show it, too: they are of the last look."""

    async def shows_it() -> bool:
        page = (await rancak.http.get(f"{rancak.urls['scoring']}/metrics")).text
        lines = [line.split() for line in page.splitlines()]
        gauges = [line for line in lines if line and "rancak_scoring_integrity_events" in line[0]]
        return sum(float(line[-1]) for line in gauges if "applied" in line[0]) == applied

    await wait_until(shows_it, f"the gauges to show {applied} answers", timeout=10)


async def proposed(rancak: Rancak, mark: dict[str, Any], concerns: int) -> None:
    """The slice of a mark is a proposal of a quarantine as it stands."""
    wish = {"action": "quarantine", "slice": mark["slice"], "reason": mark["words"]["id"]}
    answered = await rancak.http.post(
        f"{rancak.urls['intake']}/v1/corrections", json=wish, headers=bearer(rancak.admin_key)
    )
    assert answered.status_code == 201, answered.text

    async def effect_is_known() -> bool:
        found = await rancak.http.get(
            f"{rancak.urls['scoring']}/v1/adjustments", headers=bearer(rancak.admin_key)
        )
        effects = [each["effect"] for each in found.json()["items"]]
        return [effect["answers"] for effect in effects if effect] == [concerns]

    await wait_until(effect_is_known, f"the proposal to concern {concerns} answers")


async def test_marks_follow_what_was_posted_and_come_again_from_nothing(
    rancak: Rancak, redis: Redis
) -> None:
    own = await rancak.register()
    other = await rancak.register("dinkes")
    await rancak.post([at(minute, days=days) for days in range(4) for minute in (0, 40, 90)])
    await rancak.post([at(number // 3, days=4) for number in range(60)])
    await caught_up(rancak, 72)

    (mark,) = (await marks(rancak, own)).json()["items"]
    assert (mark["kind"], mark["slice"]["key"], mark["n"]) == ("burst", own.split("_")[2], 60)
    assert (await marks(rancak, other)).status_code == 404
    assert (await rancak.index("agency:dpmptsp", "2025"))["n"] == 72, "a mark removes nothing"

    await redis.flushall()
    await rancak.post([at(minute, days=5) for minute in (0, 40, 90)])
    await caught_up(rancak, 75)
    await measured(rancak, 75)
    before = (await marks(rancak, own)).json()
    assert before["answers"]["n"] == 75

    engine = database.engine(rancak.database_urls["scoring"], statement_s=60)
    async with Feed(rancak.urls["intake"], SecretStr(SERVICE_KEY)) as log:
        await rebuild(engine, log, lambda *_: None)
    assert (await marks(rancak, own)).json()["items"] == before["items"]
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM trace"))
        await connection.execute(text("DELETE FROM checkpoint WHERE stream LIKE 'integrity:%'"))
    await engine.dispose()
    await caught_up(rancak, 75)
    assert (await marks(rancak, own)).json()["items"] == before["items"]
    await proposed(rancak, mark, concerns=60)


async def test_a_follower_gives_way_and_takes_one_piece_at_a_time(rancak: Rancak) -> None:
    await rancak.register()
    await rancak.answered(2 * PIECE + 1)
    pieces: list[int] = []
    others_work = True

    async def apply(_: AsyncConnection, runs: Sequence[Run]) -> None:
        pieces.append(sum(run.last - run.first + 1 for run in runs))

    engine = database.engine(rancak.database_urls["scoring"])
    feed = Feed(rancak.urls["intake"], SecretStr(SERVICE_KEY))
    reader = Follower(
        "reader",
        engine,
        feed,
        ["feedback"],
        apply,
        metrics=Metrics("test"),
        gives_way=lambda: others_work,
    )
    began = reader.healer.last_look
    async with feed, reader.running():
        await wait_until(lambda: reader.healer.last_look > began, "the reader to have looked")
        assert sum(state.waiting for state in reader.healer.states.values()) == 2 * PIECE + 1
        assert pieces == []
        others_work = False
        await wait_until(lambda: sum(pieces) == 2 * PIECE + 1, "the reader to read all")
    await engine.dispose()

    assert pieces == [PIECE, PIECE, 1]
