"""Office hours: dated data that an agency replaces; Perpres 21/2023 leaves the details to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

Interval = tuple[int, int]  # seconds of the local day: from, until
Week = tuple[tuple[Interval, ...], ...]


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The hours of each weekday (Monday first) from a day on; breaks are the gaps between them."""

    valid_from: date
    week: Week
    basis: str

    def __post_init__(self) -> None:
        for hours in self.week:
            edges = [edge for interval in hours for edge in interval]
            if edges != sorted(set(edges)):
                raise ValueError("office hours are in order and do not overlap")
        if len(self.week) != 7 or not self.week[0]:
            raise ValueError("a week has seven days and opens on Monday")

    def on(self, day: date) -> tuple[Interval, ...]:
        """Of a working day. One without hours of its own (a local Saturday) has Monday's."""
        return self.week[day.weekday()] or self.week[0]


def hours(*opening: tuple[time, time]) -> tuple[Interval, ...]:
    """Intervals from the times that people read."""
    return tuple((_second(start), _second(end)) for start, end in opening)


def hours_in_force(schedule: Sequence[OfficeHours], day: date) -> OfficeHours:
    """The newest that is valid on a day; the oldest holds before all of them."""
    valid = [each for each in schedule if each.valid_from <= day]
    if not valid:
        return min(schedule, key=lambda each: each.valid_from)
    return max(valid, key=lambda each: each.valid_from)


def _second(moment: time) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


_NORMAL = hours((time(7, 30), time(12)), (time(13), time(16)))
_FRIDAY = hours((time(7, 30), time(11, 30)), (time(13), time(16, 30)))
# The regulation: 37 h 30 min a week from 07:30 on, a break of 60 minutes, on Fridays of 90. When
# the break lies is each agency's to say: noon and Friday prayer are our assumption. Ramadan (32 h
# 30 min from 08:00 on) is two more entries of a schedule, with the dates of its year.
GOVERNMENT_HOURS = (
    OfficeHours(date.min, (*[_NORMAL] * 4, _FRIDAY, (), ()), "Perpres 21/2023 pasal 4"),
)
