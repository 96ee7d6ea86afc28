"""What the statistical rules promise, kept by thousands of units whose truth is known.

Answers are drawn from patterns as surveys have them; days resemble each other more than chance in
some. Fixed seeds: same numbers.
"""

from bisect import bisect
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from random import Random

import pytest

from services.scoring.domain.alert_rules.fall import WARM_UP, Chart, Day, Step, limit_for, steps_of
from services.scoring.domain.alert_rules.silence import is_unusual, rhythm_of, silence_of

WITHIN = 0.2
START = date(2026, 1, 5)
# Of 100 respondents, how many have which total.
PLEASED = {36: 60, 35: 13, 34: 11, 33: 6, 32: 3, 31: 2, 30: 1, 29: 1, 28: 1, 27: 2}
EXTREME = {36: 55, 35: 10, 34: 8, 32: 7, 29: 5, 27: 9, 26: 2, 24: 2, 19: 1, 13: 1}
CONTENT = {36: 18, 35: 5, 34: 6, 32: 10, 29: 12, 27: 28, 26: 8, 24: 6, 19: 5, 13: 2}
DIVIDED = {36: 60, 34: 5, 29: 4, 27: 12, 24: 2, 18: 7, 12: 5, 9: 5}
FIVE_POINTS = 1.8  # of a total: 5 × 9 / 25

Totals = Callable[[Random], int]


def alike(profile: dict[int, int], n: int) -> Totals:
    """The sum of totals of a day of n answers, each drawn for itself."""
    totals, weights = list(profile), list(accumulate(profile.values()))
    return lambda random: sum(random.choices(totals, cum_weights=weights, k=n))


def moody(profile: dict[int, int], n: int) -> Totals:
    """Days that are good or bad as a whole: of two draws all answers take the better or worse."""
    draw = alike(profile, n)
    return lambda random: draw(random) + random.choice((-2, -1, 0, 1)) * n


def alarms(day: Totals, n: int, rate: float, *, units: int, steps: int, random: Random) -> float:
    """Alarms per watched step, as a multiple of the stated rate; each unit begins anew."""
    alarmed = watched = 0
    limit = limit_for(rate)
    for _ in range(units):
        chart = Chart(limit)
        for _ in range(WARM_UP + steps):
            reading = chart.add(Step(START, n, day(random)))
            watched += reading is not None
            if reading is not None and reading.height >= 1:
                alarmed += 1
                break
    return alarmed / watched / rate


@pytest.mark.parametrize(
    "day",
    [alike(PLEASED, 20), alike(EXTREME, 20), alike(CONTENT, 20), moody(DIVIDED, 20)],
    ids=["pleased", "extreme", "content", "moody days"],
)
def test_a_unit_that_does_not_change_alarms_as_often_as_the_rule_states(day: Totals) -> None:
    found = alarms(day, 20, 1 / 250, units=450, steps=500, random=Random(7))

    assert found == pytest.approx(1, abs=WITHIN)


def test_the_rate_holds_where_alarms_are_rare() -> None:
    found = alarms(alike(PLEASED, 20), 20, 1 / 1000, units=450, steps=500, random=Random(8))

    assert found == pytest.approx(1, abs=WITHIN)


def delay(day: Totals, *, history: int, random: Random) -> int:
    """After how many days a fall of five points is found at 20 answers a day, by the real rule."""
    chart = Chart(limit_for(1 / 5000))
    for _ in range(history):
        chart.add(Step(START, 20, day(random)))
    for after in range(1, 100):
        reading = chart.add(Step(START, 20, day(random) - round(20 * FIVE_POINTS)))
        if reading is not None and reading.height >= 1:
            return after
    return 100


@pytest.mark.parametrize(
    ("profile", "days"),
    [(PLEASED, 6), (EXTREME, 14), (CONTENT, 17)],
    ids=["narrow", "wide", "even"],
)
def test_a_fall_of_five_points_at_20_a_day_is_found_within_days(
    profile: dict[int, int], days: int
) -> None:
    """Of units with 60 earlier days, 19 of 20."""
    random = Random(9)
    delays = sorted(delay(alike(profile, 20), history=60, random=random) for _ in range(200))

    assert delays[len(delays) * 95 // 100] <= days


def test_few_answers_a_day_are_taken_together() -> None:
    days = [Day(START + timedelta(days=number), 7, 210) for number in range(7)]

    steps = steps_of(days, 20)

    assert [(step.day, step.n) for step in steps] == [
        (START + timedelta(days=2), 21),
        (START + timedelta(days=5), 21),
    ]


HOURS = [0.0] * 8 + [6, 8, 9, 5, 2, 6, 5, 2] + [0.0] * 8
WEEK = (1.2, 1.0, 1.0, 0.9, 0.9, 0.3, 0.0)


def answers_of(days: Sequence[date], a_day: float, random: Random) -> list[datetime]:
    """Answers of independent citizens in a rhythm of weekdays and hours."""
    through = list(accumulate(HOURS))
    found = []
    for day in days:
        left, n = a_day * WEEK[day.weekday()], 0
        while (left := left - random.expovariate(1)) > 0:
            n += 1
        for _ in range(n):
            hour = bisect(through, random.random() * through[-1])
            moment = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
            found.append(moment + timedelta(hours=random.random()))
    return sorted(found)


def silences(a_day: float, rate: float, *, units: int, random: Random) -> float:
    """Alarms of thirty days after eight weeks of learning, as a multiple of the stated rate."""
    alarmed = 0
    learning = [START + timedelta(days=number) for number in range(56)]
    watching = [learning[-1] + timedelta(days=number) for number in range(1, 31)]
    for _ in range(units):
        hours: dict[tuple[date, int], int] = {}
        for moment in (earlier := answers_of(learning, a_day, random)):
            key = moment.date(), moment.hour
            hours[key] = hours.get(key, 0) + 1
        rhythm = rhythm_of(hours, learning[-1], lambda _: True)
        assert rhythm is not None
        last = earlier[-1]
        for moment in answers_of(watching, a_day, random):
            gap = silence_of(rhythm, last, moment, lambda _: True)
            alarmed += is_unusual(gap, rate)
            last = moment
    return alarmed / units / rate


@pytest.mark.parametrize("a_day", [8, 40])
def test_an_agency_in_its_rhythm_is_called_silent_as_often_as_the_rule_states(a_day: float) -> None:
    found = silences(a_day, 0.5, units=400 if a_day < 20 else 250, random=Random(10))

    assert found == pytest.approx(1, abs=WITHIN)
