"""`GET /v1/integrity` on a real database: traces that any order gives, and who sees marks."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner

from deploy.servers import free_port
from services.cli import app as commands
from services.scoring.api import integrity
from services.scoring.store.trace import FOLLOWER, MOST_TRACES
from services.scoring.usecases.leave_traces import Tracer
from shared.auth import Keyring
from shared.consume import Applier, dead_letters
from shared.http import prepare
from shared.metrics import Metrics
from tests.handlers.counting import LIVE_KEY, NOON, PERFECT, WORST, Counting, answer
from tests.running import serving

MORNING = datetime(2026, 9, 10, 2, tzinfo=UTC)
LIMP = (4,) * 8 + (3,)
KEYS = "SELECT day::text, key, n, whole, straight, all_four FROM trace ORDER BY 1, 2"
ALL = "SELECT * FROM trace ORDER BY 1, 2, 3, 4, 5"


class Following:
    """A second reader of scoring's log, as its follower is."""

    def __init__(self, scoring: Counting) -> None:
        self.scoring = scoring
        self.applier = Applier(scoring.engine, Tracer().apply, name=FOLLOWER)

    async def catch_up(self, random: Random | None = None) -> None:
        """Read what is in the log, in the order of a chance."""
        runs = [run for some in self.scoring.log.stored.values() for run in some]
        feedback = [run for run in runs if run.stream.startswith("feedback")]
        for run in random.sample(feedback, len(feedback)) if random else feedback:
            await self.applier.apply(run.stream, [run])


@pytest.fixture
def following(scoring: Counting) -> Following:
    return Following(scoring)


def sent(
    minutes: Sequence[int], *, key: str | None = "clerk", days: int = 0, service: str = "a.x"
) -> list[bytes]:
    """Perfect answers at these minutes of a morning, some days after the tenth."""
    day = (MORNING + timedelta(days=days)).date().isoformat()
    times = [MORNING + timedelta(days=days, minutes=minute) for minute in minutes]
    return [answer(service, place="mpp", day=day, at=at, key=key) for at in times]


async def a_clerk_at_work(scoring: Counting) -> None:
    """Four quiet days, and sixty answers in twenty minutes of a fifth."""
    await scoring.register(agencies=["a", "b"], services=["a.x", "b.x"])
    for days in range(4):
        await scoring.count(*sent([0, 40, 90], key="k1", days=days))
    await scoring.count(*sent([number // 3 for number in range(60)], days=4))


async def ask(http: httpx.AsyncClient, key: str, scope: str, period: str = "2026-09") -> Any:
    headers = {"Authorization": f"Bearer {key}"}
    return await http.get(f"/v1/integrity?scope={scope}&period={period}", headers=headers)


async def test_an_agency_reads_the_marks_of_its_own_and_the_slice_to_propose(
    scoring: Counting, following: Following, http: httpx.AsyncClient
) -> None:
    await a_clerk_at_work(scoring)
    await following.catch_up()
    own = await scoring.issue_key("a", "index:live")

    body = (await ask(http, own, "service:a.x")).json()

    (mark,) = body["items"]
    assert (mark["kind"], mark["severity"], mark["n"]) == ("burst", "strong", 60)
    assert mark["slice"] == {
        "service": "a.x",
        "place": "mpp",
        "series": "agency",
        "key": "clerk",
        "since": "2026-09-14T02:00:00+00:00",
        "until": "2026-09-14T02:20:00+00:00",
    }
    assert set(mark["words"]) == {"id", "en"}
    assert (body["name"], body["units"], body["watermark"]) == ("A.X", 1, {"feedback.0": 72})
    assert body["answers"] == {
        "n": 72,
        "whole": 72,
        "straight": 72,
        "all_four": 72,
        "assisted": 0,
        "keys": 2,
    }


async def test_a_mark_takes_nothing_out_of_any_figure(
    scoring: Counting, following: Following, http: httpx.AsyncClient
) -> None:
    await a_clerk_at_work(scoring)
    before = await scoring.rows("SELECT * FROM rollup ORDER BY 1, 2, 3, 4, 5, 6")

    await following.catch_up()
    assert (await ask(http, LIVE_KEY.key, "city")).json()["items"] != []

    assert await scoring.rows("SELECT * FROM rollup ORDER BY 1, 2, 3, 4, 5, 6") == before
    assert await scoring.rows("SELECT * FROM correction") == []


async def test_only_the_agency_itself_and_the_platform_see_marks(
    scoring: Counting, following: Following, http: httpx.AsyncClient
) -> None:
    await a_clerk_at_work(scoring)
    await following.catch_up()
    other = await scoring.issue_key("b", "index:live")
    sender = await scoring.issue_key("a", "events:write")

    for scope in ("service:a.x", "agency:a", "city", "place:mpp"):
        refused = await ask(http, other, scope)
        assert (refused.status_code, refused.json()["code"]) == (404, "unknown_scope"), scope
        assert (await ask(http, LIVE_KEY.key, scope)).json()["units"] == 1, scope
    assert (await ask(http, sender, "agency:a")).status_code == 403
    assert (await ask(http, "rk_live_none", "agency:a")).status_code == 401
    assert (await ask(http, LIVE_KEY.key, "agency:nobody")).status_code == 404
    assert (await ask(http, LIVE_KEY.key, "service:b.x")).json()["items"] == []


async def test_no_count_below_five_is_shown(
    scoring: Counting, following: Following, http: httpx.AsyncClient
) -> None:
    await scoring.register(agencies=["a"])
    await scoring.count(*sent([0, 10, 20]), answer("a.x", LIMP, day="2026-09-10", at=MORNING))
    await scoring.count(answer("a.x", LIMP, day="2026-09-10", at=MORNING))
    await following.catch_up()

    body = (await ask(http, LIVE_KEY.key, "agency:a")).json()

    assert (body["answers"]["n"], body["answers"]["straight"]) == (5, None)
    day = (await ask(http, LIVE_KEY.key, "agency:a", "2026-09-11")).json()
    assert (day["answers"]["n"], day["items"]) == (0, [])


async def test_a_question_that_is_faulty_or_too_large_is_refused(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await scoring.register(agencies=["a"])
    await scoring.disturb(
        "INSERT INTO trace SELECT 'a.x' || number, '2026-09-10', '', 'open', '', 1, 1, 0, 0, '{1}'"
        f" FROM generate_series(0, {MOST_TRACES}) AS number"
    )

    large = await ask(http, LIVE_KEY.key, "agency:a")
    assert (large.status_code, large.json()["code"]) == (422, "too_much_to_look_at")
    assert (await ask(http, LIVE_KEY.key, "service:a.x0")).status_code == 200
    for scope, period in (("agency", "2026"), ("city", "2026-13"), ("city", "2026&series=open")):
        assert (await ask(http, LIVE_KEY.key, scope, period)).status_code == 422


@pytest.mark.parametrize("seed", range(2))
async def test_any_order_and_any_repetition_gives_the_same_traces(
    scoring: Counting, following: Following, seed: int
) -> None:
    random = Random(seed)
    for number in range(12):
        minutes = [random.randrange(-20, 20) for _ in range(random.randrange(1, 30))]
        events = sent(minutes, key=random.choice(["k1", "k2", None]), days=random.randrange(2))
        scoring.log.append(f"feedback.{number % 2}", events)
    await following.catch_up()
    expected = await scoring.rows(ALL)
    assert sum(int(str(row[5])) for row in expected) == scoring.log.claimed["feedback.0"].head + (
        scoring.log.claimed["feedback.1"].head
    )

    in_minutes = "(SELECT sum(each & 4294967295) FROM unnest(minutes) AS each)"
    assert await scoring.rows(f"SELECT * FROM trace WHERE n <> {in_minutes}") == []

    await following.catch_up(random)
    assert await scoring.rows(ALL) == expected
    await scoring.disturb("DELETE FROM trace")
    await scoring.disturb("DELETE FROM checkpoint")
    await following.catch_up(random)
    assert await scoring.rows(ALL) == expected


async def test_what_a_trace_keeps_of_answers(scoring: Counting, following: Following) -> None:
    scores = (PERFECT, WORST, LIMP, (*PERFECT[:8], None))
    times = [MORNING + timedelta(seconds=seconds) for seconds in (0, 59, 60, -1)]
    await scoring.count(
        *[
            answer("a.x", each, day="2026-09-10", at=at)
            for each, at in zip(scores, times, strict=True)
        ]
    )
    await following.catch_up()

    assert await scoring.rows(KEYS) == [("2026-09-10", "", 4, 3, 2, 1)]
    packed = await scoring.rows("SELECT minutes FROM trace")
    assert [(each >> 32, each % 2**32) for each in packed[0][0]] == [(119, 1), (120, 2), (121, 1)]  # type: ignore[attr-defined]


async def test_what_the_follower_cannot_read_is_set_aside_for_it_alone(
    scoring: Counting, following: Following, engine: AsyncEngine
) -> None:
    """A time that is of another day: counting does not look at it."""
    late = answer("a.x", day="2026-09-10", at=MORNING + timedelta(days=3))
    run = await scoring.count(answer("a.x", day="2026-09-10", at=MORNING), late)
    for _ in range(dead_letters.MAX_ATTEMPTS):
        await following.applier.apply_one_by_one("feedback.0", [run])

    assert await scoring.rows(KEYS) == [("2026-09-10", "", 1, 1, 1, 1)]
    async with engine.connect() as connection:
        (letter,) = await dead_letters.listed(connection)
    assert (letter.stream, letter.sequence) == ("integrity:feedback.0", 2)
    assert following.applier.owns(letter.stream)
    assert not scoring.applier.owns(letter.stream)
    assert scoring.applier.owns("feedback.0")
    with pytest.raises(ValueError, match="is not on 2026-09-10"):
        await following.applier.retry(letter)


async def test_the_command_shows_marks_with_their_words_and_slices(
    scoring: Counting, following: Following, engine: AsyncEngine
) -> None:
    await a_clerk_at_work(scoring)
    await following.catch_up()
    key = await scoring.issue_key(None, "index:live")
    app = FastAPI()
    app.include_router(integrity.router(engine, Keyring(engine), lambda: NOON))
    prepare(app, Metrics("scoring"))

    async with serving(app, free_port()) as url:
        runner = CliRunner(env={"RANCAK_URL": url, "RANCAK_KEY": key, "COLUMNS": "140"})
        asked = ["integrity", "agency:a"]
        shown = await asyncio.to_thread(runner.invoke, commands, [*asked, "2026-09"])
        empty = await asyncio.to_thread(runner.invoke, commands, [*asked, "2026-10"])
        told = await asyncio.to_thread(runner.invoke, commands, [*asked, "2026-09", "--json"])

    for text in ("A (agency:a) · 2026-09", "burst (strong)", "30 answers within ten", "key clerk"):
        assert text in shown.stdout, shown.stdout
    assert "Tidak ada tanda · No marks" in empty.stdout
    assert '"kind": "burst"' in told.stdout
