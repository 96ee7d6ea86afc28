"""When people come: seasons, working days, office hours; all drawn from a seeded source."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from services.scoring.domain.clock.worktime import WorkTime

# January to December: school terms in June and July, quiet around the year's end.
_MONTHS = (1.1, 1.0, 0.9, 0.9, 1.0, 1.2, 1.4, 1.1, 1.0, 1.0, 0.9, 0.7)
# Monday to Sunday; at the weekend only what is open online.
_WEEKDAYS = (1.3, 1.1, 1.0, 1.0, 0.8, 0.0, 0.0)
_ONLINE = (1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5)
# How busy each hour is from 8 on: most come in the morning.
_HOURS = (1.6, 2.2, 1.5, 1.0, 0.4, 0.6, 0.5, 0.2)
_FRIDAY_HOURS = (1.8, 2.4, 1.6, 0.3, 0.0, 0.5, 0.4, 0.2)
_EVENING_HOURS = (0.5, 0.8, 0.8, 0.7, 0.9, 0.7, 0.6, 0.6, 0.5, 0.6, 0.8, 1.2, 1.0)
OPENS = 8
FRIDAY = 4


@dataclass(frozen=True, slots=True)
class Demand:
    """The days of the simulation with how much is asked for on each, at counters and online."""

    where: WorkTime
    days: Sequence[date]
    counter: Sequence[float]
    online: Sequence[float]

    @classmethod
    def of(cls, first: date, number: int, where: WorkTime) -> "Demand":
        """So many days from the first on. Raises CalendarTooShort."""
        days = [first + timedelta(days=each) for each in range(number)]
        season = [_MONTHS[day.month - 1] for day in days]
        counter = [
            much * (_WEEKDAYS[day.weekday()] if where.calendar.is_working(day) else 0.0)
            for day, much in zip(days, season, strict=True)
        ]
        online = [much * _ONLINE[day.weekday()] for day, much in zip(days, season, strict=True)]
        return cls(where, days, tuple(accumulate(counter)), tuple(accumulate(online)))

    def moments(self, random: Random, number: int, *, is_online: bool) -> list[datetime]:
        """So many arrivals, in order; none at counters if no day of these is a working day."""
        through = self.online if is_online else self.counter
        if not number or not through or not through[-1]:
            return []
        days = random.choices(self.days, cum_weights=through, k=number)
        return sorted(self._moment(random, day, is_online=is_online) for day in days)

    def progress(self, moment: datetime) -> float:
        """How far the simulation is, from 0 to 1."""
        return (moment.date() - self.days[0]).days / max(1, len(self.days) - 1)

    def working_days(self) -> list[date]:
        """The days on which counters are open."""
        return [day for day in self.days if self.where.calendar.is_working(day)]

    def _moment(self, random: Random, day: date, *, is_online: bool) -> datetime:
        hours: Sequence[float] = _EVENING_HOURS
        if not is_online:
            hours = _FRIDAY_HOURS if day.weekday() == FRIDAY else _HOURS
        (hour,) = random.choices(range(len(hours)), hours)
        at = time(OPENS + hour, random.randrange(60), random.randrange(60))
        return datetime.combine(day, at, self.where.zone)


def shares(total: int, weights: Sequence[float]) -> list[int]:
    """A whole split by weights into whole numbers that sum to it (largest remainders)."""
    if not weights:
        return []
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    parts = [int(each) for each in exact]
    by_rest = sorted(range(len(parts)), key=lambda place: parts[place] - exact[place])
    for place in by_rest[: total - sum(parts)]:
        parts[place] += 1
    return parts
