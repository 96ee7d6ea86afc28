"""Alerts on a real database: each cause is told once, with its figures, whatever is killed."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.clock.worktime import WIB
from services.scoring.domain.integrity.trace import UNTIMED
from services.scoring.store import alerts as store
from services.scoring.store.trace import FOLLOWER
from services.scoring.usecases.alerts import look
from services.scoring.usecases.follow_applications import follow_applications
from services.scoring.usecases.leave_traces import Tracer
from services.scoring.usecases.promising import WorkTimes
from services.scoring.usecases.silences import Silences
from services.scoring.usecases.work_calendar import national_calendar
from shared.consume import Applier
from shared.contracts import alerts
from shared.log import Run
from shared.log import read as read_log
from shared.log.run import pack
from tests.events import told
from tests.handlers.counting import NOON, PERFECT, Counting, answer
from tests.running import Rancak, bearer
from tests.waiting import wait_until

LOCAL = NOON.astimezone(WIB)
POOR = (2, 3, 3, 3, 3, 3, 3, 3, 3)


class Alerting:
    """A scoring whose rules look when they are told to."""

    def __init__(self, scoring: Counting) -> None:
        self.scoring = scoring
        self.engine = scoring.engine

    async def look(self, now: datetime = LOCAL) -> int:
        """Look until nothing is left to look at; how many events that made."""
        told = 0
        made: int | None = 0
        while made is not None:
            async with self.engine.begin() as connection:
                made = await look(connection, now=now)
            told += made or 0
        return told

    async def next_day(self, now: datetime = LOCAL) -> int:
        """The looks of a new day."""
        async with self.engine.begin() as connection:
            await store.order_day(connection, now.date())
        return await self.look(now)

    async def told(self) -> list[tuple[str, dict[str, Any]]]:
        """All events so far: raised, updated or cleared, and the data."""
        async with self.engine.connect() as connection:
            runs = await read_log.runs_between(connection, alerts.TOPIC, 0, 10_000)
        events = [msgspec.json.decode(event) for run in runs for event in run.events()]
        return [(event["type"].split(".")[3], event["data"]) for event in events]

    async def causes(self) -> list[tuple[str, str]]:
        return [(move, data["alert"]) for move, data in await self.told()]

    async def ask(self, day: str, *scores: Sequence[int], times: int = 40) -> None:
        """Count answers of a day and publish what can be."""
        for each in scores:
            await self.scoring.count(*[answer("a.x", each, day=day)] * times)
        await self.scoring.publish()


@pytest.fixture
async def alerting(scoring: Counting) -> Alerting:
    await scoring.register(agencies=["a", "b"], services=["a.x"])
    return Alerting(scoring)


async def test_a_class_and_an_element_that_fall_are_raised_updated_and_cleared_by_figures(
    alerting: Alerting,
) -> None:
    await alerting.ask("2026-05-04", PERFECT)
    assert await alerting.look() == 0
    await alerting.ask("2026-09-14", POOR)
    assert await alerting.look() > 0
    raised = {data["alert"]: data for move, data in await alerting.told() if move == "raised"}

    dropped = raised["class-drop/service:a.x"]
    assert (dropped["severity"], dropped["figures"]["class"]) == ("serious", "C")
    assert (dropped["agency"], dropped["rule"]) == ("a", "class-drop/1")
    assert (dropped["figures"]["index"], dropped["figures"]["n"]) == ("72.00", "40")
    low = raised["element-low/service:a.x/requirements"]
    assert (low["severity"], low["figures"]["nrr"]) == ("serious", "2.0000")
    assert {"class-drop/agency:a", "element-low/agency:a/time"} <= raised.keys()
    async with alerting.engine.connect() as connection:
        receipts = await connection.exec_driver_sql("SELECT id FROM figure WHERE scope <> 'city'")
        assert low["receipt"] in {row.id for row in receipts}
    assert not any("city" in cause or "place" in cause for cause in raised)

    before = len(await alerting.told())
    await alerting.ask("2026-09-14", PERFECT, times=120)
    await alerting.look()
    news = {data["alert"]: (move, data) for move, data in (await alerting.told())[before:]}
    move, dropped = news["class-drop/service:a.x"]
    assert (move, dropped["because"]) == ("cleared", "recovered")
    assert "A (" in dropped["words"]["id"]
    assert news["element-low/service:a.x/requirements"][0] == "cleared"


async def test_an_alert_that_gets_worse_keeps_its_name(alerting: Alerting) -> None:
    good = (4, *[4] * 8)
    await alerting.ask("2026-05-04", good)
    await alerting.ask("2026-09-14", (3, 4, 4, 4, 4, 4, 4, 4, 4))
    await alerting.look()
    for _ in range(2):
        await alerting.ask("2026-09-14", (1, 4, 4, 4, 4, 4, 4, 4, 4), times=200)
        await alerting.look()

    moves = [
        (move, data["severity"], data.get("before"))
        for move, data in await alerting.told()
        if data["alert"] == "element-low/service:a.x/requirements"
    ]
    assert moves == [("raised", "warning", None), ("updated", "serious", "warning")]


async def test_what_is_killed_in_a_look_is_told_once_by_the_next_one(alerting: Alerting) -> None:
    await alerting.ask("2026-05-04", PERFECT)
    await alerting.ask("2026-09-14", POOR)
    async with alerting.engine.connect() as connection:
        transaction = await connection.begin()
        assert await look(connection, now=LOCAL)
        await transaction.rollback()
    assert await alerting.told() == []

    await alerting.look()
    causes = await alerting.causes()
    await alerting.look()
    async with alerting.engine.begin() as connection:
        await store.order(connection, store.FIGURES, ["service:a.x", "agency:a"])
    await alerting.look()

    assert causes
    assert len(causes) == len(set(causes))
    assert await alerting.causes() == causes


async def test_a_fall_and_a_date_are_found_when_the_day_is_over(alerting: Alerting) -> None:
    sways = [PERFECT, (4, 4, 4, 4, 4, 4, 4, 4, 3), (4, 4, 4, 4, 4, 4, 4, 3, 3)]
    for back in range(50, 0, -1):
        scores = sways[back % 3] if back > 10 else POOR
        day = (LOCAL - timedelta(days=back)).date().isoformat()
        await alerting.scoring.count(*[answer("a.x", scores, day=day)] * 20)
    await alerting.scoring.disturb(
        "INSERT INTO standard_deadline (service, version, valid_from)"
        " VALUES ('a.x', 1, '2024-01-01'), ('a.x', 2, '2025-09-14')"
    )

    await alerting.next_day()
    found = {data["alert"]: data for _, data in await alerting.told()}

    fallen = found["fall/service:a.x"]["figures"]
    assert (fallen["before"], fallen["through"]) == ("97", "2026-09-13")
    assert int(fallen["now"]) < 80
    assert found["standard-unreviewed/service:a.x"]["severity"] == "notice"
    assert await alerting.next_day() == 0
    assert await alerting.next_day(LOCAL + timedelta(days=1)) == 0
    await alerting.scoring.disturb("UPDATE standard_deadline SET valid_from = '2026-09-15'")
    await alerting.next_day(LOCAL + timedelta(days=2))
    assert (await alerting.causes())[-1] == ("cleared", "standard-unreviewed/service:a.x")


async def test_late_decisions_are_judged_when_they_come(alerting: Alerting) -> None:
    times = WorkTimes(WIB, national_calendar())

    async def follow(connection: AsyncConnection, runs: Sequence[Run]) -> None:
        await follow_applications(connection, runs, times)

    heard = Applier(alerting.engine, follow)
    await alerting.scoring.disturb(
        "INSERT INTO standard_deadline VALUES"
        " ('a.x', 1, '2026-01-01', 1, 'working_days', 'registered', '{}')"
    )

    events, start = [], LOCAL - timedelta(days=14)
    for number in range(40):
        about: dict[str, Any] = {"service": "a.x", "reference": f"R-{number}"}
        end = start + timedelta(days=10 if number < 15 else 1)
        events += [told("registered", at=start, **about), told("issued", at=end, **about)]
    body = pack([msgspec.json.encode(event) for event in events])
    await heard.apply("applications.0", [Run("applications.0", 1, len(events), body, "00" * 32)])
    await alerting.look()

    ((move, data),) = await alerting.told()
    assert (move, data["alert"]) == ("raised", "late-share/service:a.x")
    assert data["figures"] == {"days": "30", "late": "15", "decided": "40", "share": "37.50"}
    assert data["words"]["en"].startswith("A.X: 15 of 40 applications (37.5 %) were decided late")


class Listening:
    """Traces of agencies that answer every working day, and the watch that listens to them."""

    def __init__(self, alerting: Alerting) -> None:
        self.alerting = alerting
        self.silences = Silences(national_calendar())
        self.applier = Applier(alerting.engine, Tracer().apply, name=FOLLOWER)

    async def count(self, *events: bytes) -> None:
        run = await self.alerting.scoring.count(*events)
        await self.applier.apply(run.stream, [run])

    async def listen(self, now: datetime) -> list[tuple[str, str]]:
        before = len(await self.alerting.told())
        async with self.alerting.engine.begin() as connection:
            await self.silences.look(connection, now=now)
        return (await self.alerting.causes())[before:]


def morning(agency: str, day: datetime, hours: range, n: int = 4) -> list[bytes]:
    return [
        answer(f"{agency}.x", day=day.date().isoformat(), at=day.replace(hour=hour))
        for hour in hours
        for _ in range(n)
    ]


@pytest.fixture
async def listening(alerting: Alerting) -> Listening:
    listening, calendar = Listening(alerting), national_calendar()
    for back in range(42, 0, -1):
        day = LOCAL - timedelta(days=back)
        if calendar.is_working(day.date()):
            for agency in ("a", "b"):
                await listening.count(*morning(agency, day, range(8, 16)))
    return listening


async def test_an_agency_gone_silent_is_told_until_it_answers_again(listening: Listening) -> None:
    await listening.count(*morning("a", LOCAL, range(8, 9)), *morning("b", LOCAL, range(8, 15)))

    assert await listening.listen(LOCAL.replace(hour=9)) == []
    assert await listening.listen(LOCAL.replace(hour=14)) == [("raised", "silent/agency:a")]
    assert await listening.listen(LOCAL.replace(hour=14, minute=30)) == []
    await listening.count(*morning("a", LOCAL, range(14, 15)))
    assert await listening.listen(LOCAL.replace(hour=14, minute=31)) == [
        ("cleared", "silent/agency:a")
    ]


async def test_where_all_are_silent_no_agency_is_blamed(listening: Listening) -> None:
    assert await listening.listen(LOCAL.replace(hour=14)) == [("raised", "silent/city")]


async def test_nobody_is_silent_while_traces_are_behind_or_holidays_are_unknown(
    listening: Listening,
) -> None:
    await listening.alerting.scoring.count(answer("b.x"))
    assert await listening.listen(LOCAL.replace(hour=14)) == []
    assert await listening.listen(datetime(2099, 1, 5, 9, tzinfo=WIB)) == []


async def test_files_of_old_answers_make_no_rhythm(listening: Listening) -> None:
    (untimed,) = UNTIMED
    await listening.count(answer("a.x", series=untimed, at=LOCAL.replace(hour=13, minute=59)))

    assert await listening.listen(LOCAL.replace(hour=14)) == [("raised", "silent/city")]


async def test_a_strong_mark_is_told_once_and_names_no_sender(listening: Listening) -> None:
    day = LOCAL - timedelta(days=3)
    at = day.replace(hour=9)
    burst = [answer("a.x", day=day.date().isoformat(), at=at, key="clerk") for _ in range(90)]
    await listening.count(*burst)

    await listening.alerting.next_day()
    await listening.alerting.next_day(LOCAL + timedelta(days=1))

    told = [(move, data) for move, data in await listening.alerting.told()]
    ((move, data),) = [each for each in told if each[1]["alert"] == "integrity/service:a.x/burst"]
    assert (move, data["severity"], data["figures"]["observed"]) == ("raised", "notice", "90")
    assert "clerk" not in str(data)


async def test_an_alert_is_in_the_log_soon_after_the_figure_that_shows_it(rancak: Rancak) -> None:
    await rancak.register("dpmptsp", "nib")
    quarter_before = datetime.now(UTC) - timedelta(days=92)
    await rancak.answered(60, time=quarter_before.isoformat(timespec="seconds"))
    await rancak.answered(60, score=2)

    async def log(topic: str) -> list[dict[str, Any]]:
        url = f"{rancak.urls['scoring']}/v1/log/{topic}"
        found = await rancak.http.get(url, headers=bearer(rancak.admin_key))
        return [json.loads(line) for line in found.text.splitlines()]

    async def raised() -> list[dict[str, Any]]:
        cause = "class-drop/service:dpmptsp.nib"
        return [each for each in await log("alerts") if each["data"]["alert"] == cause]

    async def is_raised() -> bool:
        return bool(await raised())

    await wait_until(is_raised, "the alert", timeout=20)
    (alert,) = await raised()
    figures = [each for each in await log("figures") if each["type"].endswith("published.v1")]
    (shown,) = [
        each for each in figures if each["data"]["value"]["figure"] == alert["data"]["receipt"]
    ]
    after = datetime.fromisoformat(alert["time"]) - datetime.fromisoformat(shown["time"])
    assert after <= timedelta(seconds=2)
