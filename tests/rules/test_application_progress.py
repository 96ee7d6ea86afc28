"""Applications and their clocks: late, granted by silence, lapsed, and what it took."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.domain.application.facts import State
from services.scoring.domain.application.progress import (
    NO_CLOCKS,
    Clocks,
    Measured,
    Promises,
    clocks_of,
    granted_at,
    measure,
    promise_of,
    state_at,
)
from services.scoring.domain.application.state import Application, state_of
from services.scoring.domain.calendar import CalendarTooShort
from services.scoring.domain.clock.promise import PauseReason, Promise, Start, Unit
from services.scoring.domain.clock.worktime import WIB, WorkTime
from services.scoring.usecases.application_facts import facts_of
from services.scoring.usecases.work_calendar import national_calendar
from shared.log import Run
from tests import application_oracle as oracle
from tests.events import told

PADANG = WorkTime.of(WIB, national_calendar())
FIVE_DAYS = Promise(5, Unit.WORKING_DAYS, "Standar")
SILENT = Promise(5, Unit.WORKING_DAYS, "Standar", silence_grants=True)
ALL = frozenset(PauseReason)


def wib(day: int, hour: int = 9, month: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=WIB)


def read(*steps: tuple[str, datetime] | tuple[str, datetime, dict[str, Any]]) -> Application:
    events = [
        told(step[0], at=step[1], sequence=place, **(step[2] if len(step) > 2 else {}))
        for place, step in enumerate(steps, 1)
    ]
    return state_of(fact for _, fact in facts_of(run_of(events)))


def run_of(events: Sequence[dict[str, Any]]) -> Run:
    return Run("applications.0", 1, len(events), msgspec.json.encode(events), "")


def seen(application: Application, promises: Promises, now: datetime) -> State | None:
    return state_at(application, clocks_of(application, promises, PADANG), now)


REGISTERED = (("submitted", wib(1, 8)), ("registered", wib(1)))


def test_without_a_decision_an_application_is_open_and_in_time_then_late() -> None:
    application = read(*REGISTERED)
    clocks = clocks_of(application, Promises(FIVE_DAYS), PADANG)

    figures = [measure(application, clocks, PADANG, now) for now in (wib(8, 23), wib(9, 0))]

    assert [each.is_late for each in figures] == [False, True]
    assert figures[0] == Measured(
        received_on=date(2026, 9, 1),
        registered_at=wib(1),
        decided_at=None,
        decided_on=None,
        due_at=wib(9, 0),
        is_late=False,
        elapsed_minutes=6 * 60 + 3 * 450 + 450 + 450,
        paused_minutes=0,
    )


def test_what_was_decided_is_judged_by_the_decision_and_not_by_today() -> None:
    application = read(
        *REGISTERED,
        ("paused", wib(2, 10), {"reason": "fee_due"}),
        ("resumed", wib(3, 10)),
        ("issued", wib(9, 10)),
    )
    clocks = clocks_of(application, Promises(FIVE_DAYS), PADANG)

    found = measure(application, clocks, PADANG, wib(30))

    assert (found.is_late, found.due_at) == (False, wib(10, 0))
    assert found.paused_minutes == 450
    assert (
        found.elapsed_minutes == 360 + 450 + 5 * 450 + 150 - 450 - 0 - 450 + 0 + 0 + 0 + 450 - 450
    )
    assert found.decided_on == date(2026, 9, 9)


def test_stages_have_clocks_of_their_own() -> None:
    application = read(
        *REGISTERED,
        ("moved", wib(1, 10), {"stage": "in_verification"}),
        ("moved", wib(4, 10), {"stage": "technical_review", "agency": "dpupr"}),
        ("moved", wib(14, 10), {"stage": "awaiting_signature"}),
    )
    two_days = Promise(2, Unit.WORKING_DAYS, "PP 28/2025")
    stages = {State.IN_VERIFICATION: two_days, State.TECHNICAL_REVIEW: FIVE_DAYS}

    clocks = clocks_of(application, Promises(FIVE_DAYS, stages), PADANG)

    verified, reviewed, signed = clocks.stages
    assert verified is not None
    assert reviewed is not None
    assert signed is None  # nothing was promised of it
    assert (verified.at, reviewed.at) == (wib(4, 0), wib(12, 0))
    assert verified.is_late(wib(4, 10))


def test_late_is_granted_by_silence_where_the_law_says_so() -> None:
    application = read(*REGISTERED)

    assert seen(application, Promises(SILENT), wib(8, 23)) is State.REGISTERED
    assert seen(application, Promises(SILENT), wib(9, 0)) is State.DEEMED_GRANTED
    assert seen(application, Promises(FIVE_DAYS), wib(9, 0)) is State.REGISTERED


def test_a_rejection_after_silence_has_granted_is_void_and_a_late_issue_confirms() -> None:
    for kind, state in (("rejected", "deemed_granted"), ("issued", "issued")):
        late = read(*REGISTERED, (kind, wib(9)))
        clocks = clocks_of(late, Promises(SILENT), PADANG)
        assert state_at(late, clocks, wib(30)) == state
        assert granted_at(late, clocks) == wib(9, 0)
        assert measure(late, clocks, PADANG, wib(30)).is_late
    in_time = read(*REGISTERED, ("rejected", wib(8)))
    assert seen(in_time, Promises(SILENT), wib(30)) is State.REJECTED


def test_what_silence_granted_has_taken_until_it_was_granted() -> None:
    application = read(*REGISTERED)
    clocks = clocks_of(application, Promises(SILENT), PADANG)

    ages = [measure(application, clocks, PADANG, wib(day)).elapsed_minutes for day in (9, 30)]

    assert ages == [6 * 60 + 5 * 450] * 2


def test_silence_granted_nothing_before_its_regulation() -> None:
    application = read(
        ("submitted", datetime(2025, 5, 26, 9, tzinfo=WIB)),
        ("registered", datetime(2025, 6, 2, 9, tzinfo=WIB)),
    )

    assert seen(application, Promises(SILENT), wib(1)) is State.REGISTERED


def test_an_applicant_who_does_not_answer_in_time_lets_the_application_lapse() -> None:
    patience = Promises(FIVE_DAYS, applicant=Promise(10, Unit.WORKING_DAYS, "Standar"))
    returned = read(("submitted", wib(1, 8)), ("returned", wib(1), {"reason": "incomplete"}))
    paused = read(*REGISTERED, ("paused", wib(1, 10), {"reason": "fee_due"}))

    for application, state in (
        (returned, State.RETURNED_INCOMPLETE),
        (paused, State.FEE_DUE),
    ):
        assert seen(application, patience, wib(15, 23)) is state
        assert seen(application, patience, wib(16, 0)) is State.EXPIRED
        assert seen(application, Promises(FIVE_DAYS), wib(30)) is state


def test_a_clock_may_start_with_the_submission_that_was_not_returned() -> None:
    promise = Promise(5, Unit.WORKING_DAYS, "Standar", starts_on=Start.SUBMITTED)
    again = read(
        ("submitted", wib(1)),
        ("returned", wib(2), {"reason": "unreadable"}),
        ("submitted", wib(4)),
    )
    returned = read(("submitted", wib(1)), ("returned", wib(2), {"reason": "unreadable"}))

    clock = clocks_of(again, Promises(promise), PADANG).whole

    assert clock is not None
    assert clock.start == wib(4)
    assert clocks_of(returned, Promises(promise), PADANG) == NO_CLOCKS
    assert measure(again, Clocks(clock), PADANG, wib(4)).received_on == date(2026, 9, 1)


def test_the_promise_is_that_of_the_day_of_registration_or_of_the_counter() -> None:
    old = Promise(14, Unit.WORKING_DAYS, "Standar 2025", valid_from=date(2025, 1, 1))
    new = Promise(5, Unit.WORKING_DAYS, "Standar 2026", valid_from=date(2026, 9, 1))
    counter = {"promised": {"number": 30, "unit": "calendar_days"}}
    application = read(("submitted", wib(31, month=8)), ("registered", wib(1), counter))

    assert promise_of(application, [old, new], PADANG) is new
    found = promise_of(application, [], PADANG)
    assert found is not None
    assert (found.number, found.unit, found.pauses) == (30, Unit.CALENDAR_DAYS, ALL)
    assert promise_of(read(*REGISTERED), [], PADANG) is None
    assert promise_of(read(("submitted", wib(31, month=8))), [old, new], PADANG) is old
    assert promise_of(Application(), [old], PADANG) is None


def test_where_the_calendar_ends_there_is_no_deadline_and_no_guess() -> None:
    application = read(("submitted", wib(30, month=12)), ("registered", wib(30, 9, 12)))

    with pytest.raises(CalendarTooShort):
        clocks_of(application, Promises(FIVE_DAYS), PADANG)
    figures = measure(application, NO_CLOCKS, PADANG, datetime(2027, 1, 8, 9, tzinfo=WIB))

    assert (figures.due_at, figures.is_late) == (None, None)
    assert (figures.elapsed_minutes, figures.paused_minutes) == (None, None)


steps = st.lists(
    st.sampled_from(
        [
            ("submitted", {}),
            ("returned", {"reason": "incomplete"}),
            ("registered", {}),
            ("moved", {"stage": "in_verification"}),
            ("paused", {"reason": "awaiting_applicant"}),
            ("paused", {"reason": "fee_due"}),
            ("resumed", {}),
            ("issued", {}),
            ("rejected", {}),
            ("withdrawn", {}),
        ]
    ),
    max_size=8,
)
minutes = st.lists(st.integers(0, 40 * 24 * 60), min_size=10, max_size=10, unique=True)
promises = st.one_of(
    st.none(),
    st.builds(
        Promise,
        number=st.integers(1, 10),
        unit=st.sampled_from(Unit),
        basis=st.just("x"),
        starts_on=st.sampled_from(Start),
        pauses=st.frozensets(st.sampled_from(PauseReason)),
        silence_grants=st.booleans(),
    ),
)


def as_told(promise: Promise | None) -> dict[str, Any] | None:
    if promise is None:
        return None
    return {
        "number": promise.number,
        "unit": promise.unit,
        "starts": promise.starts_on,
        "pauses": [*promise.pauses],
        "silence_grants": promise.silence_grants,
    }


@settings(max_examples=250, deadline=None)
@given(steps, minutes, promises)
def test_all_figures_are_those_of_the_slow_oracle(
    lived: list[tuple[str, dict[str, Any]]], times: list[int], promise: Promise | None
) -> None:
    begun: list[tuple[str, dict[str, Any]]] = [("submitted", {}), ("registered", {}), *lived]
    moments = [wib(2, 7, 3) + timedelta(minutes=minute) for minute in sorted(times)]
    events = [
        told(kind, at=moment, sequence=place, **data)
        for place, ((kind, data), moment) in enumerate(zip(begun, moments, strict=False), 1)
    ]
    now = moments[-1] + timedelta(days=3)

    application = state_of(fact for _, fact in facts_of(run_of(events)))
    clocks = clocks_of(application, Promises(promise), PADANG)
    found = measure(application, clocks, PADANG, now)

    judged = oracle.judge(events, as_told(promise), now)
    assert state_at(application, clocks, now) == judged["state"]
    assert {(flag.sequence, flag.code) for flag in application.flags} == judged["flags"]
    for name in (
        "received_on",
        "registered_at",
        "decided_at",
        "due_at",
        "is_late",
        "elapsed_minutes",
        "paused_minutes",
    ):
        assert getattr(found, name) == judged[name], name
