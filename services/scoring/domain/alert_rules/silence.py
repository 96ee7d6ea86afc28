"""An agency gone silent: the rhythm of its answers by weekday and hour, and how rare a gap is.

In floating point, as the rest of statistics here: an alarm is no figure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import exp, log1p

from services.scoring.domain.alert_rules.situation import Silence

LEARN_DAYS = 56
FEWEST_DAYS = 28
HOURS = 24
SUNDAY = 6
# Days may differ from each other twice as much as chance makes them differ before that counts.
USUAL_DISPERSION = 1.5
_MONTH = 30

# Answers of each local day and hour.
Hours = Mapping[tuple[date, int], int]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Answers to expect per hour: those of a day by its weekday, spread over the hours of a day.

    `learnt` answers taught it, in clumps of `dispersion`: 1 where each comes for itself.
    """

    daily: tuple[float, ...]
    hourly: tuple[float, ...]
    learnt: int
    dispersion: float

    def between(
        self, since: datetime, until: datetime, works: Callable[[date], bool]
    ) -> tuple[float, int]:
        """The answers to expect, and the whole hours with work, between two local times."""
        expected = worked = 0.0
        hour = since.replace(minute=0, second=0, microsecond=0)
        while hour < until:
            end = hour + timedelta(hours=1)
            part = (min(end, until) - max(hour, since)) / timedelta(hours=1)
            usual = self.daily[weekday_of(hour.date(), works)] * self.hourly[hour.hour]
            expected += usual * part
            worked += part if usual > 0 else 0
            hour = end
        return expected, int(worked)

    @property
    def monthly(self) -> float:
        """The answers of thirty days."""
        return sum(self.daily) * _MONTH / len(self.daily)


def weekday_of(day: date, works: Callable[[date], bool]) -> int:
    """Which weekday a day is like: a holiday is like a Sunday. `works` may raise what it raises."""
    return day.weekday() if day.weekday() >= 5 or works(day) else SUNDAY


def rhythm_of(hours: Hours, through: date, works: Callable[[date], bool]) -> Rhythm | None:
    """What `LEARN_DAYS` days up to `through` teach; None where they began to answer too late."""
    days = [through - timedelta(days=back) for back in range(LEARN_DAYS)]
    known = [day for day in days if any((day, hour) in hours for hour in range(HOURS))]
    if not known or (through - min(known)).days + 1 < FEWEST_DAYS:
        return None
    days = [day for day in days if day >= min(known)]
    counts = {day: sum(hours.get((day, hour), 0) for hour in range(HOURS)) for day in days}
    alike: list[list[int]] = [[] for _ in range(SUNDAY + 1)]
    for day, n in counts.items():
        alike[weekday_of(day, works)].append(n)
    learnt = sum(counts.values())
    return Rhythm(
        daily=tuple(sum(each) / len(each) if each else 0.0 for each in alike),
        hourly=tuple(
            sum(hours.get((day, hour), 0) for day in days) / learnt for hour in range(HOURS)
        ),
        learnt=learnt,
        dispersion=_dispersion(alike),
    )


def silence_of(
    rhythm: Rhythm, last: datetime, now: datetime, works: Callable[[date], bool]
) -> Silence:
    """The gap from the last answer until now, local times, in what was to be expected of it."""
    expected, hours = rhythm.between(last, now, works)
    return Silence(
        since=last,
        hours=hours,
        expected=expected / rhythm.dispersion,
        learnt=rhythm.learnt,
        monthly=rhythm.monthly / rhythm.dispersion,
    )


def is_unusual(silence: Silence, false_alarms: float) -> bool:
    """Whether so long a gap comes by chance less than `false_alarms` times in thirty days.

    Answers come independent of each other in the learnt rhythm. Each of a month's answers may be
    the last before a gap; the chance that the gap is so long is (1 + e/N)^-N for e expected where
    the rhythm itself is known from N answers only, and exp(-e) of a rhythm that is known for sure.
    """
    chance = exp(-silence.learnt * log1p(silence.expected / silence.learnt))
    return silence.monthly * chance <= false_alarms


def _dispersion(alike: list[list[int]]) -> float:
    """The variance of days of the same weekday over their mean; 1 unless it is clearly more."""
    pairs = [(n, sum(each) / len(each)) for each in alike if len(each) > 1 for n in each]
    freedom = len(pairs) - sum(len(each) > 1 for each in alike)
    squares = [(n - mean) ** 2 / mean for n, mean in pairs if mean > 0]
    found = sum(squares) / freedom if freedom > 0 else 1.0
    return found if found > USUAL_DISPERSION else 1.0
