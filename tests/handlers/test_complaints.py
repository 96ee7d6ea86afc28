"""Complaints in scoring: in the streams of the answers, in any order, and the answers unharmed."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec
import pytest

from services.scoring.domain import period as periods
from services.scoring.domain.clock.worktime import WIB
from services.scoring.domain.complaint.clocks import clocks_of
from services.scoring.domain.complaint.facts import FORMS
from services.scoring.domain.complaint.state import state_of
from services.scoring.domain.complaint.tally import COLUMNS, counts_of, rows_of
from services.scoring.domain.scope import CITY
from services.scoring.usecases.complaint_facts import facts_of
from services.scoring.usecases.complaints import ComplaintsAnswer, View, complaints_of
from services.scoring.usecases.overdue import tell_overdue
from services.scoring.usecases.promising import WorkTimes
from services.scoring.usecases.recount import Recount
from services.scoring.usecases.restate import restate_next
from services.scoring.usecases.verify import verify_rollups
from shared.contracts import alerts
from shared.log import Run
from shared.log import read as read_log
from shared.log.run import pack
from tests.events import complained
from tests.handlers.counting import TIMES, Counting, answer

MONDAY = datetime(2026, 3, 16, 9, tzinfo=WIB)
LATER = datetime(2026, 11, 2, 9, tzinfo=WIB)


def event(kind: str, day: float = 0, **data: Any) -> bytes:
    """An event of a complaint as intake's log has it, so many days after the 16th of March."""
    if kind == "filed":
        data.setdefault("category", "complaint")
    told = complained(kind, at=MONDAY + timedelta(days=day), service="dpmptsp.nib", **data)
    return msgspec.json.encode({**told, "day": "2026-03-16"})


def story(draw: Random, number: int) -> list[bytes]:
    """One complaint: as a rule in a way that makes sense, sometimes not."""
    form = draw.choice([None, *FORMS])
    filed: dict[str, Any] = {"anonymous": draw.random() < 0.3, **({"form": form} if form else {})}
    verdict = draw.choice(["accepted"] * 4 + ["rejected", "archived"])
    steps: list[tuple[str, dict[str, Any]]] = [("filed", filed), ("verified", {"verdict": verdict})]
    steps += [("answered", {"final": draw.random() < 0.6}) for _ in range(draw.randrange(3))]
    if draw.random() < 0.3:
        steps += [("reopened", {}), ("answered", {})]
    if draw.random() < 0.4:
        steps.append(("closed", {"reason": draw.choice(["settled", "silent", "withdrawn"])}))
    if draw.random() < 0.2:
        draw.shuffle(steps)
    day, events = float(draw.randrange(60)), []
    for kind, data in steps:
        day += draw.choice((0.1, 1, 6, 20))
        events.append(event(kind, day, reference=f"P-{number}", **data))
    return events


async def figures(scoring: Counting, view: View = "public") -> ComplaintsAnswer:
    async with scoring.engine.connect() as connection:
        return await complaints_of(connection, CITY, periods.parse("2026"), view, now=LATER)


async def rollups(scoring: Counting) -> dict[tuple[object, ...], tuple[object, ...]]:
    names = ", ".join(COLUMNS)
    rows = await scoring.rows(
        f"SELECT service, place, form, grain, start::text, {names} FROM complaint_rollup"
    )
    return {row[:5]: row[5:] for row in rows}


async def test_in_any_order_among_answers_complaints_and_answers_are_counted_right(
    scoring: Counting,
) -> None:
    draw = Random(88)
    stories = [story(draw, number) for number in range(60)]
    events = [each for told in stories for each in told] + [answer(place="mpp")] * 40
    draw.shuffle(events)

    size = len(events) // 4 + 1
    runs = [await scoring.count(*events[at : at + size]) for at in range(0, len(events), size)]
    for run in runs:
        await scoring.applier.apply(run.stream, [run])

    whole = Run("feedback.0", 1, len(events), pack(events), "")
    of_case: dict[Any, list[Any]] = {}
    for case, fact in facts_of(whole):
        of_case.setdefault(case, []).append(fact)
    expected: Counter[Any] = Counter()
    for facts in of_case.values():
        complaint = state_of(facts)
        where = TIMES.of(WIB)
        counts = counts_of(complaint, clocks_of(complaint, where), where)
        rows = rows_of("dpmptsp.nib", "mpp", complaint.form or "", counts)
        for key, row in rows.items():
            expected.update({(key, place): n for place, n in enumerate(row)})
    stored = await rollups(scoring)
    assert len(of_case) == 60
    assert {(key, at): n for key, row in stored.items() for at, n in enumerate(row) if n} == {
        place: n for place, n in expected.items() if n
    }
    assert await scoring.rows("SELECT sum(n)::int FROM rollup WHERE grain = 'm'") == [(40,)]
    assert await scoring.rows("SELECT count(*)::int FROM dead_letter") == [(0,)]


async def test_counting_again_from_the_log_passes_over_complaints(scoring: Counting) -> None:
    verified = event("verified", 1, verdict="accepted")
    await scoring.count(answer(), event("filed"), answer(), verified)

    report = await verify_rollups(scoring.engine, scoring.log, lambda *_: None)

    assert report.is_right
    assert report.events == 4
    counted = Recount()
    counted.add(scoring.log.stored["feedback.0"][0], [(1, 4)])
    counted.finish()
    assert not counted.uncountable


@pytest.mark.parametrize("fault", [{"category": "rumour"}, {"form": "rudeness"}])
async def test_a_bad_complaint_is_set_aside_and_those_beside_it_count(
    scoring: Counting, fault: dict[str, Any]
) -> None:
    bad = event("filed", reference="B-1", **fault)
    run = scoring.log.append("feedback.0", [answer(), bad, event("filed", reference="B-2")])
    for _ in range(5):
        await scoring.applier.apply_one_by_one("feedback.0", [run])

    assert await scoring.rows("SELECT sequence::int FROM dead_letter") == [(2,)]
    assert await scoring.rows("SELECT reference FROM complaint") == [("B-2",)]


async def test_each_missed_clock_is_told_once_and_over_when_the_complaint_moves_on(
    scoring: Counting,
) -> None:
    async def look(day: float) -> None:
        async with scoring.engine.begin() as connection:
            await tell_overdue(connection, now=MONDAY + timedelta(days=day))

    await scoring.count(event("filed"))
    await look(10)  # the 26th is the last day on which it may be verified
    await look(10.7)
    await look(10.8)
    await scoring.count(event("verified", 11, verdict="accepted"))
    await look(11.1)
    await look(15)  # the 30th was the last day for a reply
    await scoring.count(event("answered", 16))
    await look(16.1)

    async with scoring.engine.connect() as connection:
        stored = await read_log.runs_between(connection, alerts.TOPIC, 0, 100)
    told = [msgspec.json.decode(each) for run in stored for each in run.events()]
    assert [(each["type"].split(".")[3], each["data"].get("because")) for each in told] == [
        ("raised", None),
        ("cleared", "moved_on"),
        ("raised", None),
        ("cleared", "settled"),
    ]
    assert {each["data"]["alert"] for each in told} == {"complaint.overdue/dpmptsp.nib/ADU-88"}


async def test_small_numbers_and_what_would_give_them_away_are_not_told(scoring: Counting) -> None:
    for number in range(30):
        about: dict[str, Any] = {"reference": f"P-{number}", "anonymous": number < 3}
        if number < 27:
            about["form"] = "undue_delay" if number < 12 else "partiality"
        await scoring.count(event("filed", **about))

    public, live = await figures(scoring), await figures(scoring, "live")

    told = {each.form: each.filed for each in public.by_form if each.filed != 0}
    assert public.filed == public.waiting == 30
    # Three of no form are too few, and the next larger cell would give them away.
    assert told == {None: None, "undue_delay": None, "partiality": 15}
    assert (public.anonymous, live.anonymous) == (None, None)
    assert public.by_category["complaint"] == 30
    assert public.overdue == 30


async def test_silence_closes_in_the_figures_too(scoring: Counting) -> None:
    for number in range(12):
        reference = f"P-{number}"
        await scoring.count(
            event("filed", reference=reference),
            event("answered", 1, reference=reference),
        )

    assert (await figures(scoring)).closed == 12
    async with scoring.engine.connect() as connection:
        march = await complaints_of(
            connection, CITY, periods.parse("2026-03"), "public", now=MONDAY + timedelta(days=3)
        )
    assert (march.closed, march.by_clock["resolve"].share_in_time) == (0, "100.00")


async def test_a_calendar_that_reaches_further_judges_anew(scoring: Counting) -> None:
    december = 280  # the 21st; fourteen working days later it is January
    await scoring.count(event("filed", december), event("answered", december + 1))
    counted = "SELECT sum(resolve_unjudged)::int, sum(resolve_in_time)::int FROM complaint_rollup"
    assert await scoring.rows(f"{counted} WHERE grain = 'm'") == [(1, 0)]

    longer = WorkTimes(WIB, TIMES.calendar.of(range(2020, 2028), TIMES.calendar.marked.values()))
    await scoring.disturb("INSERT INTO restatement (service) VALUES ('dpmptsp.nib')")
    async with scoring.engine.begin() as connection:
        assert await restate_next(connection, longer)

    assert await scoring.rows(f"{counted} WHERE grain = 'm'") == [(0, 1)]
