"""Applications in scoring: states, clocks and deadline rollups, whatever the order of events."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.scoring.domain import period as periods
from services.scoring.domain.application.tally import COLUMNS, elapsed_column
from services.scoring.domain.clock.worktime import WIB
from services.scoring.domain.scope import CITY
from services.scoring.store.deadlines import summed
from services.scoring.usecases.deadlines import deadlines_of
from services.scoring.usecases.follow_applications import follow_applications
from services.scoring.usecases.overdue import alert_of, tell_overdue
from services.scoring.usecases.promising import WorkTimes
from services.scoring.usecases.register import follow_registry
from services.scoring.usecases.restate import restate_next
from services.scoring.usecases.work_calendar import national_calendar
from shared.consume import Applier
from shared.contracts import alerts, registry, standard
from shared.contracts.cloudevent import new_event
from shared.log import Run
from shared.log import read as read_log
from shared.log.run import pack
from tests import application_oracle as oracle
from tests.events import told

TIMES = WorkTimes(WIB, national_calendar())
NOW = datetime(2026, 11, 2, 9, tzinfo=WIB)
SERVICES = ("dpmptsp.imb", "dpmptsp.nib", "dpupr.tata-ruang")
FIVE_DAYS = {"number": 5, "unit": "working_days", "starts": "registered", "pauses": ["fee_due"]}
EIGHT_HOURS = {"number": 8, "unit": "working_hours", "starts": "submitted", "pauses": []}
PROMISES: dict[str, dict[str, Any] | None] = {
    "dpmptsp.imb": FIVE_DAYS,
    "dpmptsp.nib": EIGHT_HOURS,
    "dpupr.tata-ruang": None,
}


class Following:
    """A scoring that follows applications and what is promised, exactly once."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._applier = Applier(engine, self._apply)
        self._heads: Counter[str] = Counter()

    async def hear(self, *events: dict[str, Any]) -> Run:
        """Append events of applications as one run, and follow it."""
        return await self._take("applications.0", [msgspec.json.encode(each) for each in events])

    async def again(self, run: Run) -> None:
        """The same run, delivered once more."""
        await self._applier.apply(run.stream, [run])

    async def promise(
        self, service: str, promised: dict[str, Any] | None, version: int = 1
    ) -> None:
        """A standard as the registry tells it."""
        published = standard.StandardPublished(
            service=service,
            version=version,
            valid_from=date(2026, 1, 1),
            deadline=msgspec.convert(promised, standard.Deadline) if promised else None,
        )
        event = new_event(
            event_type=standard.PUBLISHED,
            event_id="any",
            source="/intake",
            time=NOW,
            data=published,
        )
        await self._take(registry.TOPIC, [event])

    async def reckon_anew(self) -> None:
        """All that a new promise asks for."""
        working = True
        while working:
            async with self.engine.begin() as connection:
                working = await restate_next(connection, TIMES, most=7)

    async def watch(self, now: datetime) -> int:
        """One look for what is overdue."""
        async with self.engine.begin() as connection:
            return await tell_overdue(connection, now=now)

    async def alerts(self) -> list[tuple[str, str]]:
        """All alerts in their order: (raised or cleared, name of the cause)."""
        async with self.engine.connect() as connection:
            runs = await read_log.runs_between(connection, alerts.TOPIC, 0, 10_000)
        events = [msgspec.json.decode(event) for run in runs for event in run.events()]
        return [(event["type"].split(".")[3], event["data"]["alert"]) for event in events]

    async def rows(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What is kept of each application."""
        async with self.engine.connect() as connection:
            found = await connection.execute(text("SELECT * FROM application"))
            return {(row.service, row.reference): dict(row._mapping) for row in found}

    async def rollups(self) -> dict[tuple[str, str, str, date], tuple[int, ...]]:
        """All deadline rollups that count something."""
        names = ", ".join(COLUMNS)
        async with self.engine.connect() as connection:
            found = await connection.execute(
                text(f"SELECT service, place, grain, start, {names} FROM deadline")
            )
            return {tuple(row[:4]): tuple(row[4:]) for row in found if any(row[4:])}

    async def invited(self) -> list[tuple[str, str, date, int]]:
        """Service, grain, start and how many links were fetched, of all rollups in order."""
        return sorted(
            (service, grain, start, row[COLUMNS.index("invited")])
            for (service, _, grain, start), row in (await self.rollups()).items()
        )

    async def _take(self, stream: str, events: Sequence[bytes]) -> Run:
        first = self._heads[stream] + 1
        self._heads[stream] += len(events)
        run = Run(stream, first, self._heads[stream], pack(list(events)), "")
        await self._applier.apply(stream, [run])
        return run

    async def _apply(self, connection: AsyncConnection, runs: Sequence[Run]) -> None:
        if runs[0].stream == registry.TOPIC:
            await follow_registry(connection, runs)
        else:
            await follow_applications(connection, runs, TIMES)


@pytest.fixture
def following(engine: AsyncEngine) -> Following:
    return Following(engine)


def at(day: int, hour: int = 9, month: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=WIB)


def life(draw: Random, number: int) -> list[dict[str, Any]]:
    """The events of one application: as a rule in a way that makes sense, sometimes not."""
    reference, service = f"P-{number}", draw.choice(SERVICES)
    steps: list[tuple[str, dict[str, Any]]] = [("submitted", {}), ("registered", {})]
    stages = draw.choices(("in_verification", "technical_review"), k=draw.randrange(3))
    steps += [("moved", {"stage": stage}) for stage in stages]
    if draw.random() < 0.5:
        reason = draw.choice(("awaiting_applicant", "fee_due"))
        steps += [("paused", {"reason": reason}), ("resumed", {})]
    if draw.random() < 0.85:
        steps.append((draw.choice(("issued", "issued", "rejected", "withdrawn")), {}))
    if draw.random() < 0.2:
        draw.shuffle(steps)
    moment, events = at(1, 8, draw.choice((1, 3, 5, 8))), []
    for kind, data in steps:
        moment += timedelta(hours=draw.choice((1, 5, 30, 80)), minutes=draw.randrange(60))
        events.append(told(kind, at=moment, reference=reference, service=service, **data))
    return events


def judged(events: Iterable[dict[str, Any]], promises: dict[str, Any]) -> dict[str, Any]:
    """What the slow oracle says of one application."""
    known = list(events)
    promise = promises[known[0]["data"]["service"]]
    return oracle.judge(known, promise and {**promise, "silence_grants": False}, NOW)


def tallied(verdicts: dict[tuple[str, str], dict[str, Any]]) -> dict[Any, tuple[int, ...]]:
    """The rollups that these verdicts come to, counted one by one."""
    sums: dict[Any, Counter[str]] = {}
    for (service, _), verdict in verdicts.items():
        decided = verdict["decided_at"] and verdict["decided_at"].astimezone(WIB).date()
        for day, names in (
            (verdict["received_on"], ["received"]),
            (decided, decided and _names(verdict)),
        ):
            for grain, start in (("d", day), ("m", day and day.replace(day=1))):
                if day:
                    sums.setdefault((service, "mpp", grain, start), Counter()).update(names)
        for grain in "dm":
            if decided and verdict["state"] != "withdrawn":
                start = decided if grain == "d" else decided.replace(day=1)
                sums[service, "mpp", grain, start]["elapsed_minutes"] += (
                    verdict["elapsed_minutes"] or 0
                )
                sums[service, "mpp", grain, start]["paused_minutes"] += (
                    verdict["paused_minutes"] or 0
                )
    return {key: tuple(row[name] for name in COLUMNS) for key, row in sums.items() if row}


def _names(verdict: dict[str, Any]) -> list[str]:
    if verdict["state"] == "withdrawn":
        return ["withdrawn"]
    kept = {None: "unpromised", True: "late", False: "on_time"}[verdict["is_late"]]
    names = [verdict["state"], kept]
    if verdict["elapsed_minutes"] is not None:
        names.append(elapsed_column(verdict["elapsed_minutes"]))
    return names + ["paused"] * bool(verdict["paused_minutes"])


async def test_states_deadlines_and_rollups_are_those_of_the_slow_oracle_in_any_order(
    following: Following,
) -> None:
    draw = Random(417)
    stories = [life(draw, number) for number in range(160)]
    events = [event for story in stories for event in story]
    draw.shuffle(events)
    for place, event in enumerate(events, 1):
        event["sequence"] = place

    await following.promise("dpmptsp.imb", FIVE_DAYS)
    runs = [await following.hear(*events[start : start + 50]) for start in range(0, 400, 50)]
    await following.promise("dpmptsp.nib", EIGHT_HOURS)
    await following.hear(*events[400:])
    for run in runs:
        await following.again(run)
    await following.reckon_anew()

    told_of: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for event in events:
        case = event["data"]["service"], event["data"]["reference"]
        told_of.setdefault(case, []).append(event)
    verdicts = {case: judged(story, PROMISES) for case, story in told_of.items()}
    rows = await following.rows()
    assert rows.keys() == verdicts.keys()
    for case, verdict in verdicts.items():
        seen = {name: rows[case][name] for name in ("state", "received_on", "due_at")}
        assert seen == {name: verdict[name] for name in seen}, case
    assert await following.rollups() == tallied(verdicts)


async def test_a_link_that_was_fetched_counts_once_with_the_decision_and_only_if_there_is_one(
    following: Following,
) -> None:
    fetched = told("invited", at=at(20), reference="early")
    await following.hear(fetched, told("submitted", at=at(1), reference="early"))
    assert [row for row in await following.invited() if row[3]] == []

    await following.hear(
        told("issued", at=at(4), reference="early"),
        told("invited", at=at(21), reference="early"),
        told("submitted", at=at(1), reference="gone"),
        told("rejected", at=at(5), reference="gone"),
        told("invited", at=at(20), reference="gone"),
    )
    assert sum(row[3] for row in await following.invited() if row[1] == "m") == 2
    # Told late: it had been taken back before, so nobody decided.
    await following.hear(told("withdrawn", at=at(3), reference="gone"))

    counted = [("dpmptsp.imb", "d", date(2026, 9, 4), 1), ("dpmptsp.imb", "m", date(2026, 9, 1), 1)]
    assert [row for row in await following.invited() if row[3]] == counted
    assert (await following.rows())["dpmptsp.imb", "early"]["state"] == "issued"


async def test_a_standard_that_comes_late_holds_for_what_was_registered_in_its_time(
    following: Following,
) -> None:
    await following.hear(told("submitted", at=at(1)), told("registered", at=at(2)))
    assert (await following.rows())["dpmptsp.imb", "IMB-417"]["due_at"] is None

    await following.promise("dpmptsp.imb", FIVE_DAYS)
    await following.reckon_anew()

    due = (await following.rows())["dpmptsp.imb", "IMB-417"]["due_at"]
    assert due == at(10, 0).astimezone(UTC)  # five working days after Wednesday the 2nd, its end


async def test_what_is_overdue_is_told_once_and_cleared_when_it_is_decided(
    following: Following,
) -> None:
    name = alert_of("dpmptsp.imb", "IMB-417")
    await following.promise("dpmptsp.imb", FIVE_DAYS)
    await following.hear(told("submitted", at=at(1)), told("registered", at=at(2)))

    assert [await following.watch(at(9, 23)), await following.watch(at(10, 0))] == [0, 1]
    assert await following.watch(at(11)) == 0
    await following.hear(told("issued", at=at(12)))
    assert [await following.watch(at(12)), await following.watch(at(13))] == [1, 0]

    assert await following.alerts() == [("raised", name), ("cleared", name)]


async def test_a_pause_that_is_told_late_takes_the_alert_back(following: Following) -> None:
    await following.promise("dpmptsp.imb", FIVE_DAYS)
    await following.hear(told("submitted", at=at(1)), told("registered", at=at(2)))
    await following.watch(at(10))

    await following.hear(told("paused", at=at(3), reason="fee_due"))
    assert await following.watch(at(10, 12)) == 1
    await following.hear(told("resumed", at=at(14)))
    await following.watch(at(15))

    assert [kind for kind, _ in await following.alerts()] == ["raised", "cleared"]


async def test_small_numbers_are_told_to_nobody_but_the_agency(following: Following) -> None:
    await following.promise("dpmptsp.imb", FIVE_DAYS)
    for number in range(18):
        story: dict[str, Any] = {"reference": f"P-{number}"}
        end = at(25) if number < 6 else at(4)
        await following.hear(
            told("submitted", at=at(1), **story),
            told("registered", at=at(2), **story),
            told("issued", at=end, **story),
        )

    async with following.engine.connect() as connection:
        public = await deadlines_of(connection, CITY, SEPTEMBER, "public", now=NOW)
        live = await deadlines_of(connection, CITY, SEPTEMBER, "live", now=NOW)
        sums = await summed(connection, CITY, SEPTEMBER)

    assert (sums["on_time"], sums["late"]) == (12, 6)
    assert (public.received, public.decided, public.on_time, public.late) == (18, 18, None, None)
    assert public.share_on_time is None
    assert (live.on_time, live.late, live.share_on_time) == (12, 6, "66.67")
    assert live.median_hours == 16


SEPTEMBER = periods.parse("2026-09")
