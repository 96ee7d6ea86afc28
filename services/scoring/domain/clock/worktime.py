"""Working time at a place: its zone, calendar and office hours, prepared so that counting is cheap.

A *measure* counts what has gone by since a fixed beginning: days through a local day, or seconds.
What lies between two moments is a difference; the moment at which a count is reached, a look-up.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import Protocol, Self
from zoneinfo import ZoneInfo

from services.scoring.domain.calendar import CalendarTooShort, WorkCalendar
from services.scoring.domain.clock.office import (
    GOVERNMENT_HOURS,
    Interval,
    OfficeHours,
    hours_in_force,
)
from services.scoring.domain.clock.promise import Unit

WIB, WITA, WIT = (ZoneInfo(f"Asia/{city}") for city in ("Jakarta", "Makassar", "Jayapura"))
_ONE_DAY = timedelta(days=1)
_MIDNIGHT = time()

# When a clock stood: since (inclusive), until (exclusive; None: it still stands).
Stop = tuple[datetime, datetime | None]


class Measure(Protocol):
    """One way to count time. Both raise CalendarTooShort."""

    def count(self, moment: datetime) -> int:
        """How much has gone by at a moment."""

    def end(self, count: int, stops: Sequence[Stop]) -> datetime | None:
        """The first moment (UTC) that is too late for a count; None if the clock stands by then."""


@dataclass(frozen=True, slots=True)
class WorkTime:
    """What every clock of a place shares: make it once, ask it often."""

    zone: ZoneInfo
    calendar: WorkCalendar
    office: "OfficeSeconds" = field(repr=False)
    measures: Mapping[Unit, Measure] = field(repr=False)

    @classmethod
    def of(
        cls,
        zone: ZoneInfo,
        calendar: WorkCalendar,
        schedule: Sequence[OfficeHours] = GOVERNMENT_HOURS,
    ) -> Self:
        """The working time of places in a zone with this calendar and these office hours."""
        office = OfficeSeconds.of(zone, calendar, schedule)
        measures: dict[Unit, Measure] = {
            Unit.WORKING_DAYS: WorkingDays(zone, calendar),
            Unit.CALENDAR_DAYS: CalendarDays(zone),
            Unit.WORKING_HOURS: office,
            Unit.HOURS: Seconds(),
        }
        return cls(zone, calendar, office, measures)

    def day_of(self, moment: datetime) -> date:
        """The local day of a moment."""
        return moment.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Working days through the local day of a moment."""

    zone: ZoneInfo
    calendar: WorkCalendar

    def count(self, moment: datetime) -> int:
        """See Measure."""
        return self.calendar.through(moment.astimezone(self.zone).date())

    def end(self, count: int, stops: Sequence[Stop]) -> datetime | None:
        """See Measure."""
        return _end_of_day(self.calendar.day_at(count), stops, self.zone)


@dataclass(frozen=True, slots=True)
class CalendarDays:
    """All days through the local day of a moment; needs no calendar."""

    zone: ZoneInfo

    def count(self, moment: datetime) -> int:
        """See Measure."""
        return moment.astimezone(self.zone).toordinal()

    def end(self, count: int, stops: Sequence[Stop]) -> datetime | None:
        """See Measure."""
        return _end_of_day(date.fromordinal(count), stops, self.zone)


@dataclass(frozen=True, slots=True)
class Seconds:
    """Seconds round the clock."""

    def count(self, moment: datetime) -> int:
        """See Measure."""
        return int(moment.timestamp())

    def end(self, count: int, _: Sequence[Stop]) -> datetime:
        """See Measure."""
        return datetime.fromtimestamp(count, UTC)


@dataclass(frozen=True, slots=True)
class OfficeSeconds:
    """Seconds in which the offices are open. `_before[i]` lie before the i-th day of the years."""

    zone: ZoneInfo
    years: range
    _first: int = field(repr=False)
    _hours: tuple[tuple[Interval, ...], ...] = field(repr=False)
    _before: tuple[int, ...] = field(repr=False)

    @classmethod
    def of(cls, zone: ZoneInfo, calendar: WorkCalendar, schedule: Sequence[OfficeHours]) -> Self:
        """The office hours of all known days."""
        first = date(calendar.years.start, 1, 1).toordinal()
        days = map(date.fromordinal, range(first, date(calendar.years.stop, 1, 1).toordinal()))
        hours = tuple(
            hours_in_force(schedule, day).on(day) if calendar.is_working(day) else ()
            for day in days
        )
        lengths = (sum(end - start for start, end in each) for each in hours)
        return cls(zone, calendar.years, first, hours, tuple(accumulate(lengths, initial=0)))

    def count(self, moment: datetime) -> int:
        """See Measure."""
        local = moment.astimezone(self.zone)
        place = local.toordinal() - self._first
        if not 0 <= place < len(self._hours):
            raise CalendarTooShort(local.year)
        second = local.hour * 3600 + local.minute * 60 + local.second
        open_today = (
            min(second, end) - start for start, end in self._hours[place] if start < second
        )
        return self._before[place] + sum(open_today)

    def end(self, count: int, _: Sequence[Stop]) -> datetime:
        """See Measure."""
        place = bisect_left(self._before, count) - 1
        if place == len(self._hours):
            raise CalendarTooShort(self.years.stop)
        left = count - self._before[place]
        for start, end in self._hours[place]:
            if left <= end - start:
                midnight = datetime.fromordinal(self._first + place)
                local = midnight + timedelta(seconds=start + left)
                return local.replace(tzinfo=self.zone).astimezone(UTC)
            left -= end - start
        raise AssertionError("a day holds what its sum says")


def _end_of_day(day: date, stops: Sequence[Stop], zone: ZoneInfo) -> datetime | None:
    """The end of a day, or of the one on which a clock that stands then runs again."""
    for since, until in stops:
        if since.astimezone(zone).date() > day:
            break
        if until is None:
            return None
        day = max(day, until.astimezone(zone).date())
    return datetime.combine(day + _ONE_DAY, _MIDNIGHT, zone).astimezone(UTC)
