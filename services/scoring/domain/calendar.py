"""Working days: Monday to Friday without national holidays and cuti bersama, as far as decreed.

The last word is the calendar of the place: a local override makes a day off or a working day. A
date outside the known years is refused, never guessed.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import accumulate, islice
from typing import Self

SATURDAY = 5


class DayKind(StrEnum):
    """What a day is in the calendar."""

    WORKING = "working_day"
    WEEKEND = "weekend"
    HOLIDAY = "national_holiday"
    JOINT_LEAVE = "joint_leave"
    LOCAL_WORKING = "local_working_day"
    LOCAL_OFF = "local_day_off"


_WORK = frozenset({DayKind.WORKING, DayKind.LOCAL_WORKING})


class CalendarTooShort(LookupError):
    """A date lies outside the years whose holidays are decreed."""

    def __init__(self, year: int) -> None:
        super().__init__(f"no holidays are known for {year}")
        self.year = year


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day and why it is one of work or not: names for people, `basis` the legal source."""

    day: date
    kind: DayKind
    name_id: str
    name_en: str
    basis: str

    @property
    def is_working(self) -> bool:
        """Whether offices work."""
        return self.kind in _WORK


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The days of consecutive known years; immutable, every question is answered in constant time.

    `_through[i]` is the number of working days among the first `i` days, `_working` lists the
    ordinals of the working days.
    """

    years: range
    marked: Mapping[date, CalendarDay] = field(repr=False)
    _first: int = field(repr=False)
    _through: tuple[int, ...] = field(repr=False)
    _working: tuple[int, ...] = field(repr=False)

    @classmethod
    def of(cls, years: Collection[int], marked: Iterable[CalendarDay] = ()) -> Self:
        """A calendar of years (without holes, else ValueError) and the days that are marked in it.

        Of two marks on one day the later one in order holds: put local overrides last.
        """
        known = range(min(years), max(years) + 1)
        if set(years) != set(known):
            raise ValueError("the years of a calendar follow each other")
        marks = {mark.day: mark for mark in marked if mark.day.year in known}
        first = date(known.start, 1, 1).toordinal()
        days = range(first, date(known.stop, 1, 1).toordinal())
        works = [_described(date.fromordinal(day), marks).is_working for day in days]
        working = (day for day, is_working in zip(days, works, strict=True) if is_working)
        return cls(known, marks, first, tuple(accumulate(works, initial=0)), tuple(working))

    def overridden(self, overrides: Iterable[CalendarDay]) -> Self:
        """The same calendar at a place whose own days off and working days say otherwise."""
        return self.of(self.years, [*self.marked.values(), *overrides])

    def describe(self, day: date) -> CalendarDay:
        """What a day is, and why. Raises CalendarTooShort."""
        if day.year not in self.years:
            raise CalendarTooShort(day.year)
        return _described(day, self.marked)

    def is_working(self, day: date) -> bool:
        """Whether offices work that day. Raises CalendarTooShort."""
        return self.describe(day).is_working

    def through(self, day: date) -> int:
        """Working days from the calendar's beginning through `day`. Raises CalendarTooShort.

        The difference of two days is the number of working days after the first, up to the second.
        """
        place = day.toordinal() - self._first + 1
        if not 0 < place < len(self._through):
            raise CalendarTooShort(day.year)
        return self._through[place]

    def day_at(self, count: int) -> date:
        """The first day through which `count` (≥ 1) working days lie. Raises CalendarTooShort."""
        if count > len(self._working):
            raise CalendarTooShort(self.years.stop)
        return date.fromordinal(self._working[count - 1])

    def working_days_between(self, after: date, through: date) -> int:
        """Working days later than `after`, up to and including `through`; never negative."""
        return max(0, self.through(through) - self.through(after))

    def working_days_after(self, day: date) -> Iterator[date]:
        """The working days later than `day`, in order; ends by raising CalendarTooShort."""
        start = self.through(day)
        yield from map(date.fromordinal, islice(self._working, start, None))
        raise CalendarTooShort(self.years.stop)


def day_off(day: date, name_id: str, name_en: str, basis: str) -> CalendarDay:
    """A local day off: a flood, an election of the city, its anniversary if it is decreed so."""
    return CalendarDay(day, DayKind.LOCAL_OFF, name_id, name_en, basis)


def working_day(day: date, name_id: str, name_en: str, basis: str) -> CalendarDay:
    """A local working day that would be none: an office that opens in the weekend."""
    return CalendarDay(day, DayKind.LOCAL_WORKING, name_id, name_en, basis)


# Perpres 21/2023 on working days and hours of government agencies, article 3.
WEEK_BASIS = "Perpres 21/2023 pasal 3"
_SATURDAY = ("Sabtu", "Saturday")
_SUNDAY = ("Minggu", "Sunday")


def _described(day: date, marked: Mapping[date, CalendarDay]) -> CalendarDay:
    mark = marked.get(day)
    if mark is not None:
        return mark
    if day.weekday() < SATURDAY:
        return CalendarDay(day, DayKind.WORKING, "Hari kerja", "Working day", WEEK_BASIS)
    names = _SATURDAY if day.weekday() == SATURDAY else _SUNDAY
    return CalendarDay(day, DayKind.WEEKEND, *names, WEEK_BASIS)
