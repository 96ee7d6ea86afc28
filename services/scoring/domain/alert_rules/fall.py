"""A significant fall against the same unit's earlier answers: a CUSUM of sequential ranks.

McDonald, A CUSUM Procedure Based on Sequential Ranks, Naval Research Logistics 37 (1990), 627-646:
each step is ranked among all steps before it. Without a change such ranks are independent, and
uniform whatever the answers are like: skewed, as satisfaction is, or alike within a day. Nothing is
assumed or estimated, so a unit's false alarms are those of a chart of standard normal scores. Its
limit follows from the stated rate by Siegmund's approximation (Sequential Analysis, 1985, 2.57):
steps between alarms = (exp(2kb) - 2kb - 1) / 2k², b = h + 1.166.

In floating point, as the rest of statistics here: an alarm is no figure.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from math import expm1
from statistics import NormalDist, fmean

from services.scoring.domain.ikm import SCALE_TO_INDEX

ELEMENTS = 9
# So many steps are looked at before the first one that is judged.
WARM_UP = 30
# Half the shift that is found fastest, in standard deviations of a step: one deviation.
SLACK = 0.5
# Alarmed, the sum goes no higher: so a unit that recovers is seen to within about three weeks.
MOST = 1.25
# A fall that stays so long is how the unit is now: the chart begins anew with it.
SETTLES_AFTER = 60
_OVERSHOOT = 1.166
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Day:
    """The whole answers of a day: how many, and the sum of their totals (9 to 36 each)."""

    day: date
    n: int
    total: int


@dataclass(frozen=True, slots=True)
class Step:
    """One or more complete days that have enough answers together; `day` is the last of them."""

    day: date
    n: int
    total: int

    @property
    def mean(self) -> float:
        """In points of the index, by equal weights."""
        return self.total * SCALE_TO_INDEX / (self.n * ELEMENTS)


@dataclass(frozen=True, slots=True)
class Reading:
    """The chart after a step. `height` 1 is the limit; `before` and `now` are means, in points.

    `n` answers of `steps` steps since `since`, when the sum last left zero.
    """

    day: date
    height: float
    since: date
    steps: int
    n: int
    before: float
    now: float

    @property
    def fall(self) -> float:
        """How far the index is below that of before, in points."""
        return self.before - self.now


@dataclass(slots=True)
class Chart:
    """A unit's chart. Add its steps in order of time."""

    limit: float
    _sum: float = 0.0
    _alarmed: bool = False
    # The means of the steps up to when the sum last was zero, by size; and the steps since then.
    _before: list[float] = field(default_factory=list)
    _since: list[Step] = field(default_factory=list)

    def add(self, step: Step) -> Reading | None:
        """The chart after one more step; None while there is too little to compare with."""
        if len(self._before) < WARM_UP:
            insort(self._before, step.mean)
            return None
        if self._alarmed and len(self._since) >= SETTLES_AFTER:
            self._forget(sorted(each.mean for each in self._since))
        score = self._score(step.mean)
        self._since.append(step)
        self._sum = min(max(0.0, self._sum + score - SLACK), MOST * self.limit)
        reading = self._reading(step)
        if self._sum == 0:
            self._forget(self._before if self._alarmed else self._earlier())
        self._alarmed = self._sum > 0 and (self._alarmed or self._sum >= self.limit)
        return reading

    def _score(self, mean: float) -> float:
        """The normal score of its rank, from the highest on; once alarmed, among those before."""
        earlier = self._before if self._alarmed else self._earlier()
        higher = len(earlier) - bisect_right(earlier, mean)
        same = bisect_right(earlier, mean) - bisect_left(earlier, mean)
        return _NORMAL.inv_cdf((higher + same / 2 + 0.5) / (len(earlier) + 1))

    def _earlier(self) -> list[float]:
        return sorted([*self._before, *(each.mean for each in self._since)])

    def _reading(self, step: Step) -> Reading:
        n = sum(each.n for each in self._since)
        total = sum(each.total for each in self._since)
        return Reading(
            day=step.day,
            height=self._sum / self.limit,
            since=self._since[0].day,
            steps=len(self._since),
            n=n,
            before=fmean(self._before),
            now=total * SCALE_TO_INDEX / (n * ELEMENTS),
        )

    def _forget(self, before: list[float]) -> None:
        """The sum begins at zero, and these are the steps to compare with."""
        self._before, self._since = before, []
        self._sum, self._alarmed = 0.0, False


def steps_of(days: Iterable[Day], least_n: int) -> list[Step]:
    """Days in order of time as steps of `least_n` answers or more; what is left at the end waits.

    No step is of few answers, so none of them can be told from what the chart says.
    """
    steps: list[Step] = []
    n = total = 0
    for day in days:
        n, total = n + day.n, total + day.total
        if n >= least_n:
            steps.append(Step(day.day, n, total))
            n = total = 0
    return steps


def readings_of(days: Iterable[Day], false_alarms: float, *, least_n: int) -> Sequence[Reading]:
    """The chart of a unit, step by step; `false_alarms` is the rate that is promised, per step."""
    chart = Chart(limit_for(false_alarms))
    return [reading for step in steps_of(days, least_n) if (reading := chart.add(step))]


@lru_cache(maxsize=64)
def limit_for(false_alarms: float) -> float:
    """The height at which a unit that does not change alarms once in 1/`false_alarms` steps."""
    if not 0 < false_alarms < 0.1:
        raise ValueError(f"no chart alarms {false_alarms} times a step")
    low, high = 0.0, 40.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        if _run_length(middle) < 1 / false_alarms:
            low = middle
        else:
            high = middle
    return high


def _run_length(limit: float) -> float:
    exponent = 2 * SLACK * (limit + _OVERSHOOT)
    return (expm1(exponent) - exponent) / (2 * SLACK**2)
