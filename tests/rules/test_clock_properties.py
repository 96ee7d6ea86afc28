"""Clocks in general: never negative, additive over pauses, monotone, the same in every zone."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.domain.clock.due import Pause, due_at, elapsed, stops_of
from services.scoring.domain.clock.explanation import explain
from services.scoring.domain.clock.promise import PauseReason, Promise, Unit
from services.scoring.domain.clock.worktime import WIB, WIT, WITA, WorkTime
from services.scoring.usecases.work_calendar import national_calendar
from tests import application_oracle as oracle

CALENDAR = national_calendar()
PLACES = tuple(WorkTime.of(zone, CALENDAR) for zone in (WIB, WITA, WIT))
ALL = frozenset(PauseReason)
EARLY = datetime(2026, 1, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

places = st.sampled_from(PLACES)
units = st.sampled_from(Unit)
moments = st.integers(0, 240 * 24 * 60).map(lambda minutes: EARLY + minutes * MINUTE)
# Six edges: three pauses in order, the last of them open now and then.
edges = st.lists(moments, min_size=7, max_size=7, unique=True).map(sorted)


def pauses_of(times: Sequence[datetime], *, is_open: bool = False) -> list[Pause]:
    """Disjoint pauses between each two of an even number of times."""
    reasons = (PauseReason.AWAITING_APPLICANT, PauseReason.FEE_DUE, PauseReason.AWAITING_APPLICANT)
    pauses = [
        Pause(since, until, reason)
        for since, until, reason in zip(times[::2], times[1::2], reasons, strict=False)
    ]
    if is_open:
        pauses[-1] = Pause(pauses[-1].since, None, pauses[-1].reason)
    return pauses


@settings(deadline=None)
@given(places, units, edges, st.booleans(), st.integers(1, 12))
def test_a_deadline_is_that_of_the_slow_oracle(
    where: WorkTime, unit: Unit, times: list[datetime], is_open: bool, number: int
) -> None:
    start, *rest = times
    pauses = pauses_of(rest, is_open=is_open)

    found = due_at(Promise(number, unit, "x"), start, pauses, where)

    known = [(each.since, each.until, str(each.reason)) for each in pauses]
    assert found.at == oracle.deadline(number, unit, start, known, where.zone)


@given(places, edges, st.booleans(), moments)
def test_elapsed_office_time_is_that_of_the_slow_oracle(
    where: WorkTime, times: list[datetime], is_open: bool, now: datetime
) -> None:
    start, *rest = times
    pauses = pauses_of(rest, is_open=is_open)
    now = max(now, start)

    ran = elapsed(where.office, start, stops_of(ALL, start, pauses), now)

    known = [(each.since, each.until or now, "x") for each in pauses if each.since < now]
    assert ran == oracle.office_seconds(start, now, known, where.zone)


@given(places, units, edges, st.booleans(), st.lists(moments, min_size=2, max_size=5))
def test_what_has_passed_is_never_negative_and_never_shrinks(
    where: WorkTime, unit: Unit, times: list[datetime], is_open: bool, nows: list[datetime]
) -> None:
    start, *rest = times
    clock = due_at(Promise(3, unit, "x"), start, pauses_of(rest, is_open=is_open), where)

    for before, after in pairwise(sorted(nows)):
        assert 0 <= clock.elapsed(before) <= clock.elapsed(after)
        assert clock.remaining(before) >= clock.remaining(after) >= 0
        assert clock.is_late(before) <= clock.is_late(after)
    assert clock.elapsed(start) == 0


@given(places, units, edges, moments)
def test_what_several_pauses_take_is_the_sum_of_what_each_takes(
    where: WorkTime, unit: Unit, times: list[datetime], now: datetime
) -> None:
    start, *rest = times
    measure, pauses = where.measures[unit], pauses_of(rest)

    def ran(some: Sequence[Pause]) -> int:
        return elapsed(measure, start, stops_of(ALL, start, some), now)

    assert ran([]) - ran(pauses) == sum(ran([]) - ran([each]) for each in pauses)


@given(places, units, edges, st.integers(1, 6))
def test_a_further_pause_never_brings_a_deadline_forward(
    where: WorkTime, unit: Unit, times: list[datetime], number: int
) -> None:
    start, *rest = times
    promise, pauses = Promise(number, unit, "x"), pauses_of(rest)

    ends = [due_at(promise, start, pauses[:count], where).at for count in range(4)]

    assert None not in ends
    assert ends == sorted(end for end in ends if end is not None)


@given(places, units, edges, st.integers(-14 * 60, 14 * 60), st.integers(1, 6))
def test_in_which_zone_a_time_is_written_does_not_matter(
    where: WorkTime, unit: Unit, times: list[datetime], offset: int, number: int
) -> None:
    elsewhere = timezone(offset * MINUTE)
    promise = Promise(number, unit, "x")
    start, *rest = times
    away, *far = [moment.astimezone(elsewhere) for moment in times]

    here = due_at(promise, start, pauses_of(rest), where)
    there = due_at(promise, away, pauses_of(far), where)

    assert here.at == there.at
    assert explain(here) == explain(there)


@settings(max_examples=60)
@given(places, units, edges, st.integers(1, 8))
def test_the_days_of_an_explanation_add_up_to_the_promise(
    where: WorkTime, unit: Unit, times: list[datetime], number: int
) -> None:
    start, *rest = times
    clock = due_at(Promise(number, unit, "x"), start, pauses_of(rest), where)

    notes = explain(clock)

    promised = clock.promise.size if clock.promise.by_days else clock.promise.size // 60
    assert sum(note.counted for note in notes) == promised
    assert all(later.day - day.day == timedelta(days=1) for day, later in pairwise(notes))
    for note in notes:
        if note.counted and unit in {Unit.WORKING_DAYS, Unit.WORKING_HOURS}:
            assert oracle.is_working(note.day)
