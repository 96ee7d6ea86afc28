"""The calendar: the year 2026 by hand, what is not decreed is refused, places may differ."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.calendar import (
    CalendarDay,
    CalendarTooShort,
    DayKind,
    WorkCalendar,
    day_off,
    working_day,
)
from services.scoring.usecases.work_calendar import national_calendar, packaged
from tests.application_oracle import HOLIDAYS_2026, JOINT_LEAVE_2026, is_working

NATIONAL = national_calendar()
LAST = date(2026, 12, 31)
DAYS_2026 = st.dates(date(2026, 1, 1), LAST)


def days_of(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)


def test_the_package_says_of_2026_what_the_decree_says() -> None:
    kinds = {day: NATIONAL.describe(day).kind for day in days_of(2026)}

    assert {day for day in kinds if kinds[day] is DayKind.HOLIDAY} == HOLIDAYS_2026.keys()
    assert {day for day in kinds if kinds[day] is DayKind.JOINT_LEAVE} == JOINT_LEAVE_2026.keys()
    assert [day for day in kinds if NATIONAL.is_working(day)] == [*filter(is_working, kinds)]
    assert NATIONAL.working_days_between(date(2025, 12, 31), LAST) == 240


def test_five_working_days_after_16_march_2026_end_on_30_march() -> None:
    later = NATIONAL.working_days_after(date(2026, 3, 16))

    assert list(islice(later, 5)) == [date(2026, 3, day) for day in (17, 25, 26, 27, 30)]


def test_each_day_off_says_in_both_languages_what_it_is_and_by_which_decree() -> None:
    nyepi = NATIONAL.describe(date(2026, 3, 18))

    assert nyepi.kind is DayKind.JOINT_LEAVE
    assert (nyepi.name_id, nyepi.name_en) == (
        "Cuti Bersama Hari Suci Nyepi",
        "Day of Silence Joint Holiday",
    )
    assert "SKB 3 Menteri" in nyepi.basis
    assert "2026" in nyepi.basis
    assert NATIONAL.describe(date(2026, 3, 21)).kind is DayKind.HOLIDAY  # not "weekend"


def test_a_year_with_an_estimated_date_is_not_known() -> None:
    assert packaged(2027) is None  # the dates of Idulfitri and Iduladha are estimated
    assert NATIONAL.years == range(2020, 2027)


@pytest.mark.parametrize("day", [date(2027, 1, 1), date(2019, 12, 31)])
def test_dates_outside_the_known_years_are_refused(day: date) -> None:
    for ask in (NATIONAL.describe, NATIONAL.is_working, NATIONAL.through):
        with pytest.raises(CalendarTooShort) as refused:
            ask(day)
        assert refused.value.year == day.year


def test_counting_past_the_last_known_day_is_refused_and_names_the_missing_year() -> None:
    assert list(islice(NATIONAL.working_days_after(date(2026, 12, 28)), 3)) == [
        date(2026, 12, day) for day in (29, 30, 31)
    ]
    with pytest.raises(CalendarTooShort) as refused:
        list(islice(NATIONAL.working_days_after(date(2026, 12, 28)), 4))
    assert refused.value.year == 2027
    with pytest.raises(CalendarTooShort):
        NATIONAL.day_at(NATIONAL.through(LAST) + 1)


def test_a_decree_that_is_entered_by_hand_makes_its_year_known() -> None:
    new_year = CalendarDay(date(2027, 1, 1), DayKind.HOLIDAY, "Tahun Baru", "New Year", "SKB")

    calendar = national_calendar({2027: [new_year]})

    assert calendar.years == range(2020, 2028)
    later = calendar.working_days_after(LAST)
    assert next(later) == date(2027, 1, 4)


def test_a_place_has_days_off_and_working_days_of_its_own() -> None:
    flood = day_off(date(2026, 9, 14), "Banjir", "Flood", "Surat edaran wali kota")
    fair = working_day(date(2026, 9, 19), "Pekan pelayanan", "Service fair", "SK kepala dinas")
    holiday = working_day(date(2026, 8, 17), "Loket buka", "Open", "SK kepala dinas")

    here = NATIONAL.overridden([flood, fair, holiday])

    assert here.describe(flood.day) == flood
    assert [here.is_working(each.day) for each in (flood, fair, holiday)] == [False, True, True]
    assert here.working_days_between(date(2026, 8, 31), date(2026, 9, 30)) == 22
    assert not NATIONAL.is_working(fair.day)


def test_a_calendar_has_no_holes() -> None:
    with pytest.raises(ValueError, match="follow each other"):
        WorkCalendar.of([2024, 2026])


@given(DAYS_2026, DAYS_2026)
def test_counting_agrees_with_looking_at_every_day(one: date, other: date) -> None:
    after, through = sorted((one, other))
    days = [day for day in days_of(2026) if after < day <= through and is_working(day)]

    assert NATIONAL.working_days_between(after, through) == len(days)
    assert NATIONAL.working_days_between(through, after) == 0
    if days:
        assert NATIONAL.day_at(NATIONAL.through(after) + len(days)) == days[-1]
        assert next(NATIONAL.working_days_after(after)) == days[0]
