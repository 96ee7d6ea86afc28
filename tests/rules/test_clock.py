"""Clocks by example: each sentence of the rule, in days and in hours."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from services.scoring.domain.calendar import CalendarTooShort, working_day
from services.scoring.domain.clock.due import Due, Pause, due_at
from services.scoring.domain.clock.explanation import explain
from services.scoring.domain.clock.office import GOVERNMENT_HOURS, OfficeHours, hours
from services.scoring.domain.clock.promise import (
    BadPromise,
    PauseReason,
    Promise,
    Unit,
    in_force,
    silence_rule,
)
from services.scoring.domain.clock.worktime import WIB, WIT, WITA, WorkTime
from services.scoring.usecases.work_calendar import national_calendar

CALENDAR = national_calendar()
PADANG = WorkTime.of(WIB, CALENDAR)
STANDARD = "Standar pelayanan"


def wib(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=WIB)


def pause(
    since: datetime, until: datetime | None, reason: PauseReason = PauseReason.AWAITING_APPLICANT
) -> Pause:
    return Pause(since, until, reason)


def due(number: int, unit: Unit, start: datetime, *pauses: Pause, where: WorkTime = PADANG) -> Due:
    return due_at(Promise(number, unit, STANDARD), start, pauses, where)


def last_day(clock: Due) -> date:
    """The local day whose end is the deadline."""
    assert clock.at is not None
    end = clock.at.astimezone(clock.where.zone)
    assert end.time() == time()
    return end.date() - timedelta(days=1)


def test_five_working_days_after_16_march_2026_end_with_30_march() -> None:
    clock = due(5, Unit.WORKING_DAYS, wib(3, 16))

    assert clock.at == wib(3, 31, 0)
    assert not clock.is_late(wib(3, 30, 23, 59))
    assert clock.is_late(wib(3, 31, 0))


def test_the_whole_day_of_receipt_does_not_count() -> None:
    first, last = wib(9, 14, 0), wib(9, 14, 23, 59)

    assert last_day(due(1, Unit.WORKING_DAYS, first)) == date(2026, 9, 15)
    assert last_day(due(1, Unit.WORKING_DAYS, last)) == date(2026, 9, 15)


def test_what_comes_in_the_weekend_has_its_first_day_on_monday() -> None:
    assert last_day(due(1, Unit.WORKING_DAYS, wib(9, 19))) == date(2026, 9, 21)


def test_calendar_days_count_all_days_and_need_no_calendar() -> None:
    clock = due(30, Unit.CALENDAR_DAYS, datetime(2031, 12, 20, 9, tzinfo=WIB))

    assert last_day(clock) == date(2032, 1, 19)


def test_a_deadline_beyond_the_known_holidays_is_refused() -> None:
    with pytest.raises(CalendarTooShort) as refused:
        due(10, Unit.WORKING_DAYS, wib(12, 28))

    assert refused.value.year == 2027
    with pytest.raises(CalendarTooShort):
        due(100, Unit.WORKING_HOURS, wib(12, 28))


def test_a_pause_moves_the_deadline_by_the_working_days_from_its_begin_to_its_end() -> None:
    start = wib(9, 1)  # a Tuesday; without a pause the fifth day is 8 September
    stopped = pause(wib(9, 3, 14), wib(9, 7, 10))

    assert last_day(due(5, Unit.WORKING_DAYS, start)) == date(2026, 9, 8)
    assert last_day(due(5, Unit.WORKING_DAYS, start, stopped)) == date(2026, 9, 10)


def test_a_pause_within_one_day_moves_nothing() -> None:
    stopped = pause(wib(9, 3, 8), wib(9, 3, 15))

    assert last_day(due(5, Unit.WORKING_DAYS, wib(9, 1), stopped)) == date(2026, 9, 8)


def test_a_clock_that_stands_has_no_deadline() -> None:
    clock = due(5, Unit.WORKING_DAYS, wib(9, 1), pause(wib(9, 3), None))

    assert clock.at is None
    assert not clock.is_late(wib(12, 31))
    assert clock.elapsed(wib(12, 31)) == 2
    assert clock.remaining(wib(12, 31)) == 3


def test_a_clock_that_stands_at_the_end_of_its_last_day_ends_with_the_day_it_runs_again() -> None:
    start, stops = wib(9, 1), wib(9, 8, 14)

    assert due(5, Unit.WORKING_DAYS, start, pause(stops, None)).at is None
    back_at_once = pause(stops, wib(9, 8, 16))
    assert last_day(due(5, Unit.WORKING_DAYS, start, back_at_once)) == date(2026, 9, 8)
    back_later = pause(stops, wib(9, 15, 8))
    assert last_day(due(5, Unit.WORKING_DAYS, start, back_later)) == date(2026, 9, 15)
    again = pause(wib(9, 15, 11), wib(9, 17, 8))
    assert last_day(due(5, Unit.WORKING_DAYS, start, back_later, again)) == date(2026, 9, 17)


def test_what_was_late_before_it_was_paused_stays_late() -> None:
    clock = due(5, Unit.WORKING_DAYS, wib(9, 1), pause(wib(9, 9), None))

    assert last_day(clock) == date(2026, 9, 8)
    assert clock.is_late(wib(9, 9))


@pytest.mark.parametrize("until", [wib(9, 9), None])
def test_a_pause_that_begins_after_the_last_day_comes_too_late(until: datetime | None) -> None:
    # Friday was the third day; nothing counts in the weekend, but it is late all the same.
    clock = due(3, Unit.WORKING_DAYS, wib(9, 1), pause(wib(9, 5), until))

    assert last_day(clock) == date(2026, 9, 4)
    evening = pause(wib(9, 14, 17), until and wib(9, 16))
    assert due(1, Unit.WORKING_HOURS, wib(9, 14, 15), evening).at == wib(9, 14, 16)


def test_only_the_reasons_of_the_promise_stop_it() -> None:
    promise = Promise(
        5, Unit.WORKING_DAYS, STANDARD, pauses=frozenset({PauseReason.AWAITING_APPLICANT})
    )
    fee = pause(wib(9, 3), wib(9, 7), PauseReason.FEE_DUE)

    assert last_day(due_at(promise, wib(9, 1), [fee], PADANG)) == date(2026, 9, 8)


def test_pauses_that_overlap_stop_a_clock_once() -> None:
    start = wib(9, 1)
    one, other = pause(wib(9, 3), wib(9, 8)), pause(wib(9, 4), wib(9, 9), PauseReason.FEE_DUE)
    both = pause(wib(9, 3), wib(9, 9))

    assert (
        due(5, Unit.WORKING_DAYS, start, one, other).at == due(5, Unit.WORKING_DAYS, start, both).at
    )


def test_a_pause_counts_from_the_start_of_the_clock_only() -> None:
    before = pause(wib(8, 20), wib(8, 31))

    assert last_day(due(5, Unit.WORKING_DAYS, wib(9, 1), before)) == date(2026, 9, 8)


def test_office_hours_run_from_the_minute_of_receipt_over_breaks_and_nights() -> None:
    # Monday 15:00: one hour today, the break and Friday's longer one are not counted.
    assert due(1, Unit.WORKING_HOURS, wib(9, 14, 15)).at == wib(9, 14, 16)
    assert due(2, Unit.WORKING_HOURS, wib(9, 14, 15)).at == wib(9, 15, 8, 30)
    assert due(2, Unit.WORKING_HOURS, wib(9, 14, 11, 30)).at == wib(9, 14, 14, 30)
    assert due(2, Unit.WORKING_HOURS, wib(9, 18, 11)).at == wib(9, 18, 14, 30)
    assert due(8, Unit.WORKING_HOURS, wib(9, 18, 16)).at == wib(9, 21, 16)
    assert due(1, Unit.WORKING_HOURS, wib(9, 19, 3)).at == wib(9, 21, 8, 30)


def test_a_week_has_the_37_and_a_half_hours_of_the_regulation() -> None:
    seconds = PADANG.office.count(wib(9, 21, 0)) - PADANG.office.count(wib(9, 14, 0))

    assert seconds == 37.5 * 3600


def test_hours_round_the_clock_count_nights_and_holidays_and_need_no_calendar() -> None:
    start = datetime(2031, 1, 1, 22, tzinfo=WIB)

    assert due(24, Unit.HOURS, start).at == start + timedelta(hours=24)
    stopped = pause(start + timedelta(hours=1), start + timedelta(hours=3))
    assert due(24, Unit.HOURS, start, stopped).at == start + timedelta(hours=26)


def test_a_pause_takes_the_office_hours_that_lie_in_it() -> None:
    stopped = pause(wib(9, 14, 15, 30), wib(9, 15, 8))

    assert due(2, Unit.WORKING_HOURS, wib(9, 14, 15), stopped).at == wib(9, 15, 9, 30)


def test_office_hours_are_dated() -> None:
    ramadan = hours((time(8), time(12)), (time(12, 30), time(15)))
    schedule = (
        *GOVERNMENT_HOURS,
        OfficeHours(date(2026, 2, 19), (*[ramadan] * 5, (), ()), "Perpres 21/2023 pasal 4"),
        OfficeHours(date(2026, 3, 21), GOVERNMENT_HOURS[0].week, "Perpres 21/2023 pasal 4"),
    )
    where = WorkTime.of(WIB, CALENDAR, schedule)

    assert due(7, Unit.WORKING_HOURS, wib(2, 19, 7), where=where).at == wib(2, 20, 8, 30)
    assert due(7, Unit.WORKING_HOURS, wib(3, 25, 7), where=where).at == wib(3, 25, 15, 30)


def test_a_saturday_that_is_worked_has_the_hours_of_monday() -> None:
    fair = working_day(date(2026, 9, 19), "Pekan pelayanan", "Service fair", "SK kepala dinas")
    where = WorkTime.of(WIB, CALENDAR.overridden([fair]))

    assert due(2, Unit.WORKING_HOURS, wib(9, 18, 16), where=where).at == wib(9, 19, 9)


@pytest.mark.parametrize("week", [(), ((),) * 7, (((5, 4),),) * 7, (((1, 3), (2, 4)),) * 7])
def test_office_hours_that_make_no_sense_are_refused(week: tuple[()]) -> None:
    with pytest.raises(ValueError, match=r"office hours|a week"):
        OfficeHours(date.min, week, STANDARD)


def test_the_day_is_that_of_the_place() -> None:
    late_evening = datetime(2026, 9, 14, 16, 30, tzinfo=UTC)  # 23:30, 00:30 and 01:30 there
    papua = WorkTime.of(WIT, CALENDAR)
    makassar = WorkTime.of(WITA, CALENDAR)

    ends = [
        last_day(due(1, Unit.WORKING_DAYS, late_evening, where=where))
        for where in (PADANG, makassar, papua)
    ]

    assert ends == [date(2026, 9, 15), date(2026, 9, 16), date(2026, 9, 16)]
    assert due(1, Unit.WORKING_HOURS, late_evening, where=papua).at == datetime(
        2026, 9, 15, 8, 30, tzinfo=WIT
    )


def test_a_start_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        due(1, Unit.WORKING_DAYS, wib(9, 14).replace(tzinfo=None))


@pytest.mark.parametrize("number", [0, -1, 3_661])
def test_a_promise_of_nothing_or_of_ages_is_none(number: int) -> None:
    with pytest.raises(BadPromise):
        Promise(number, Unit.WORKING_DAYS, STANDARD)


def test_the_last_published_promise_that_has_begun_is_in_force() -> None:
    first, second, corrected = (
        Promise(number, Unit.WORKING_DAYS, STANDARD, valid_from=day)
        for number, day in ((14, date(2026, 1, 1)), (7, date(2026, 7, 1)), (8, date(2026, 7, 1)))
    )
    published = (first, second, corrected)

    assert in_force(published, date(2025, 12, 31)) is None
    assert in_force(published, date(2026, 6, 30)) is first
    assert in_force(published, date(2026, 7, 1)) is corrected


def test_silence_grants_from_the_day_of_its_regulation_on() -> None:
    assert silence_rule(date(2025, 6, 4)) is None
    found = silence_rule(date(2025, 6, 5))
    assert found is not None
    assert found.basis == "PP 28/2025"


def test_each_day_is_explained_with_its_reason() -> None:
    notes = explain(due(5, Unit.WORKING_DAYS, wib(3, 16)))

    assert [(note.day.day, note.counted, note.why) for note in notes] == [
        (16, 0, "receipt_day"),
        (17, 1, "working_day"),
        (18, 0, "joint_leave"),
        (19, 0, "national_holiday"),
        (20, 0, "joint_leave"),
        (21, 0, "national_holiday"),
        (22, 0, "national_holiday"),
        (23, 0, "joint_leave"),
        (24, 0, "joint_leave"),
        (25, 1, "working_day"),
        (26, 1, "working_day"),
        (27, 1, "working_day"),
        (28, 0, "weekend"),
        (29, 0, "weekend"),
        (30, 1, "working_day"),
    ]
    assert notes[2].text_id == "Cuti Bersama Hari Suci Nyepi"
    assert all(note.text_id and note.text_en and note.basis for note in notes)


def test_paused_days_are_explained_by_the_pause() -> None:
    stopped = pause(wib(9, 2), wib(9, 4), PauseReason.FEE_DUE)
    last = pause(wib(9, 8), wib(9, 10))

    notes = explain(due(3, Unit.WORKING_DAYS, wib(9, 1), stopped, last))

    assert [(note.day.day, note.counted, note.why) for note in notes] == [
        (1, 0, "receipt_day"),
        (2, 1, "working_day"),
        (3, 0, "paused"),
        (4, 0, "paused"),
        (5, 0, "weekend"),
        (6, 0, "weekend"),
        (7, 1, "working_day"),
        (8, 1, "working_day"),
        (9, 0, "paused"),
        (10, 0, "runs_again"),
    ]
    assert (notes[2].text_id, notes[2].text_en) == ("Menunggu pembayaran", "The fee is due")
    assert notes[8].text_en == "Awaiting the applicant"


def test_a_clock_that_stands_is_explained_up_to_where_it_stopped() -> None:
    notes = explain(due(5, Unit.WORKING_DAYS, wib(9, 1), pause(wib(9, 3), None)))

    assert [(note.day.day, note.counted) for note in notes] == [(1, 0), (2, 1), (3, 1)]


def test_hours_are_explained_in_minutes() -> None:
    notes = explain(due(9, Unit.WORKING_HOURS, wib(9, 18, 17)))

    assert [(note.day.day, note.counted, note.why) for note in notes] == [
        (18, 0, "outside_hours"),
        (19, 0, "weekend"),
        (20, 0, "weekend"),
        (21, 450, "working_day"),
        (22, 90, "working_day"),
    ]


def test_hours_of_a_day_that_was_paused_from_its_morning_on_are_explained_by_the_pause() -> None:
    stopped = pause(wib(9, 15, 7), wib(9, 16, 7))

    notes = explain(due(9, Unit.WORKING_HOURS, wib(9, 14, 7), stopped))

    assert [(note.counted, note.why) for note in notes] == [
        (450, "working_day"),
        (0, "paused"),
        (90, "working_day"),
    ]


def test_what_is_left_is_told_in_days_or_minutes() -> None:
    days = due(5, Unit.WORKING_DAYS, wib(9, 1))
    assert [days.remaining(wib(9, day)) for day in (1, 2, 8, 30)] == [5, 4, 0, 0]
    assert [days.elapsed(wib(9, day)) for day in (1, 2, 8, 9)] == [0, 1, 5, 6]
    few = due(2, Unit.WORKING_HOURS, wib(9, 14, 15))
    assert [few.remaining(wib(9, 14, hour)) for hour in (14, 15, 17)] == [120, 120, 60]
