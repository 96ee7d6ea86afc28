"""Rules about when answers came: more at once than the unit ever has, or like clockwork."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median

from services.scoring.domain.integrity.chance import binomial_tail, poisson_tail
from services.scoring.domain.integrity.mark import (
    LEVEL,
    Finding,
    Kind,
    Mark,
    Slice,
    mark,
    slice_of,
)
from services.scoring.domain.integrity.trace import (
    UNTIMED,
    Counts,
    Trace,
    Unit,
    merged,
    moment_of,
)

WINDOW = 10
FEWEST_IN_WINDOW = 15
FEWEST_OTHER_DAYS = 3
# How much busier than usual honest hours are: a rush, a day of payments, a family that waits.
RUSH = 3.0
BUSY_DAY = 2.0
LEAST_MEAN = 3.0

FEWEST_GAPS = 12
LONGEST_GAP = 60
# Desks that take about as long for each citizen have many equal gaps, but not nearly all.
SAME_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A day's answers, the hours in which any came, and its busiest ten minutes."""

    answers: int
    hours: int
    peak: int


def bursts(unit: Unit) -> list[Mark]:
    """More answers of a sender within ten minutes than the unit's rhythm allows, day by day.

    Honest: at no time do more come on average than three times the mean of the series' active hours
    on its other days, twice their usual busiest ten minutes, or three in ten minutes. The chance of
    a window is that of a Poisson count; every answer begins one, so by Mecke's formula at most
    n·P(X ≥ k-1) windows of k answers are expected in a period of n answers: an exact bound.
    """
    marks = []
    for series, traces in unit.by_series().items():
        if series in UNTIMED:
            continue
        days = {day: _rhythm(minutes) for day, minutes in merged(traces).items()}
        answers = sum(trace.n for trace in traces)
        for trace in traces:
            busiest = max(n for _, n in _windows(trace.minutes))
            mean = _usual(days, trace.day) if busiest >= FEWEST_IN_WINDOW else None
            if mean is None:
                continue
            p = answers * poisson_tail(busiest - 1, mean)
            if p <= LEVEL:
                found = Finding(trace.n, busiest, mean, p)
                marks.append(_burst(unit, trace, found, _least(answers, mean, busiest)))
    return marks


def too_regular(unit: Unit) -> list[Mark]:
    """A sender whose answers of a day follow each other in equal gaps, such as three minutes.

    Honest: they come without memory, at whatever rate. Then a gap is exactly g minutes with
    probability at most (1/g)·(1-1/g)^(g-1), the most that any rate gives; binomial test of the most
    frequent gap from 2 to 60 minutes, for every gap length, day and sender. Marked only where three
    of four gaps are the same.
    """
    timed = [trace for trace in unit.traces if trace.series not in UNTIMED]
    asked = [trace for trace in timed if trace.n > FEWEST_GAPS]
    marks = []
    for trace in asked:
        gaps = Counter(later - minute for (minute, _), (later, _) in pairwise(trace.minutes))
        gap, same = max(
            ((gap, n) for gap, n in gaps.items() if 2 <= gap <= LONGEST_GAP),
            key=lambda pair: pair[1],
            default=(0, 0),
        )
        if same < FEWEST_GAPS or same < SAME_SHARE * (trace.n - 1):
            continue
        chance = (1 - 1 / gap) ** (gap - 1) / gap
        p = binomial_tail(same, trace.n - 1, chance) * len(asked) * (LONGEST_GAP - 1)
        if p <= LEVEL:
            found = Finding(trace.n - 1, same, (trace.n - 1) * chance, p)
            where = slice_of(unit, [trace], key=trace.key)
            words = (
                f"{same} dari {found.n} jarak antarjawaban tanggal {trace.day} tepat {gap} menit; "
                f"secara acak paling banyak sekitar {found.expected:.0f}",
                f"{same} of {found.n} gaps between answers of {trace.day} are exactly {gap} "
                f"minutes; by chance at most about {found.expected:.0f} would be",
            )
            marks.append(mark(Kind.TOO_REGULAR, found, where, words))
    return marks


def _windows(minutes: Counts) -> list[tuple[int, int]]:
    """For each minute with answers how many come in the ten minutes that it begins."""
    windows, inside, end = [], 0, 0
    for minute, n in minutes:
        while end < len(minutes) and minutes[end][0] < minute + WINDOW:
            inside += minutes[end][1]
            end += 1
        windows.append((minute, inside))
        inside -= n
    return windows


def _rhythm(minutes: Counts) -> Rhythm:
    return Rhythm(
        answers=sum(n for _, n in minutes),
        hours=len({minute // 60 for minute, _ in minutes}),
        peak=max(n for _, n in _windows(minutes)),
    )


def _usual(days: Mapping[date, Rhythm], day: date) -> float | None:
    """The most answers that ten minutes of this day should have on average, or None: unknown."""
    others = [rhythm for other, rhythm in days.items() if other != day]
    if len(others) < FEWEST_OTHER_DAYS:
        return None
    answers, hours = sum(each.answers for each in others), sum(each.hours for each in others)
    peak = median(each.peak for each in others)
    return max(LEAST_MEAN, RUSH * answers * WINDOW / (hours * 60), BUSY_DAY * peak)


def _least(answers: int, mean: float, busiest: int) -> int:
    """The fewest answers of a window that are still too many."""
    least = busiest
    while least > FEWEST_IN_WINDOW and answers * poisson_tail(least - 2, mean) <= LEVEL:
        least -= 1
    return least


def _burst(unit: Unit, trace: Trace, found: Finding, least: int) -> Mark:
    first, end = _stretch(_windows(trace.minutes), found.observed, least)
    last = max(minute for minute, _ in trace.minutes if minute < end)
    where = Slice(
        service=unit.service,
        place=unit.place or None,
        series=trace.series,
        key=trace.key or None,
        since=moment_of(trace.day, first),
        until=moment_of(trace.day, last + 1),
    )
    words = (
        f"{found.observed} jawaban dalam sepuluh menit pada tanggal {trace.day}; "
        f"wajarnya paling banyak sekitar {found.expected:.0f}",
        f"{found.observed} answers within ten minutes on {trace.day}; "
        f"at most about {found.expected:.0f} would be usual",
    )
    return mark(Kind.BURST, found, where, words)


def _stretch(windows: Counts, busiest: int, least: int) -> tuple[int, int]:
    """From where to where windows with too many answers follow each other around the busiest."""
    stretches: list[tuple[int, int, int]] = []
    for minute, n in windows:
        if n < least:
            continue
        begin, end, most = stretches.pop() if stretches else (minute, minute, 0)
        if minute > end:
            stretches.append((begin, end, most))
            begin, most = minute, 0
        stretches.append((begin, minute + WINDOW, max(most, n)))
    return next((begin, end) for begin, end, most in stretches if most == busiest)
