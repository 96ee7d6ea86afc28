"""Rules about what was answered: too many answers alike, and days of nothing but 4.

Honest answers are alike, too: in 1,994 real ones of a public service mall 62 % gave all nine
elements the same score, where independent elements would give 33 %, and a day's answers at a desk
resembled each other (correlation 0.7). So neither is a mark as such, only what goes beyond.
"""

from collections.abc import Sequence
from datetime import date
from math import prod

from services.scoring.domain.integrity.chance import binomial_tail, clustered_tail
from services.scoring.domain.integrity.mark import LEVEL, Finding, Kind, Mark, mark, slice_of
from services.scoring.domain.integrity.trace import Trace, Unit

FEWEST = 20
# The share of respondents who honestly give one score throughout: 0.24 to 0.53 at the desks of the
# real survey, so at most this.
HONESTLY_STRAIGHT = 0.6
FEWEST_OTHER_DAYS = 10
FEWEST_OTHER_ANSWERS = 50
LEAST_CORRELATION = 0.05
# A correlation is estimated from few days: taken three times, so that it is seldom too small.
CAUTION = 3.0
MOST_CORRELATION = 0.95

# Whole answers of a day, and those of nothing but 4.
Day = tuple[int, int]


def straight_lining(unit: Unit) -> list[Mark]:
    """More answers of nine equal scores in a series than respondents give.

    Honest: `HONESTLY_STRAIGHT` of them answer so, the others each element on its own, distributed
    as the unit's. Exact binomial test of each series. A unit whose answers are nearly all 4 gives
    equal scores anyway and is not marked by this rule.
    """
    by_series, marks = unit.by_series(), []
    for series, traces in by_series.items():
        n, straight = sum(each.whole for each in traces), sum(each.straight for each in traces)
        share = _share_by_chance(unit.scores.get(series, ()))
        if n < FEWEST or share is None:
            continue
        expected = HONESTLY_STRAIGHT + (1 - HONESTLY_STRAIGHT) * share
        p = binomial_tail(straight, n, expected) * len(by_series)
        if p <= LEVEL:
            found = Finding(n, straight, n * expected, p)
            words = (
                f"{straight} dari {n} jawaban lengkap bernilai sama di semua unsur; "
                f"wajarnya paling banyak sekitar {found.expected:.0f}",
                f"{straight} of {n} whole answers give every element the same score; "
                f"at most about {found.expected:.0f} would be usual",
            )
            marks.append(mark(Kind.STRAIGHT_LINING, found, slice_of(unit, traces), words))
    return marks


def all_four_days(unit: Unit) -> list[Mark]:
    """A day on which a sender's answers give nothing but 4, more than on the unit's other days.

    Honest: a day's share of such answers varies around the mean of the series' other days; answers
    of a day are correlated three times as much as those days show, and at least
    `LEAST_CORRELATION`. Beta-binomial tail for each day and sender. Where days differ by their
    nature, as at a desk with few visitors, no day stands out.
    """
    marks = []
    for traces in unit.by_series().values():
        asked, days = [trace for trace in traces if trace.whole >= FEWEST], _by_day(traces)
        for trace in asked:
            found = _all_four(trace, [each for day, each in days.items() if day != trace.day])
            if found is None or found.p * len(asked) > LEVEL:
                continue
            found = Finding(found.n, found.observed, found.expected, found.p * len(asked))
            words = (
                f"{found.observed} dari {found.n} jawaban lengkap tanggal {trace.day} bernilai 4 "
                f"di semua unsur; pada hari lain wajarnya {found.expected:.0f}",
                f"{found.observed} of {found.n} whole answers of {trace.day} give 4 to every "
                f"element; on other days {found.expected:.0f} would be usual",
            )
            where = slice_of(unit, [trace], key=trace.key)
            marks.append(mark(Kind.ALL_FOUR_DAY, found, where, words))
    return marks


def _share_by_chance(scores: Sequence[Sequence[int]]) -> float | None:
    """How often elements that are answered independently would all get the same score."""
    answered = [sum(counts) for counts in scores]
    if not answered or not all(answered):
        return None
    return sum(
        prod(counts[place] / n for counts, n in zip(scores, answered, strict=True))
        for place in range(len(scores[0]))
    )


def _all_four(trace: Trace, days: Sequence[Day]) -> Finding | None:
    n, fours = sum(n for n, _ in days), sum(fours for _, fours in days)
    if len(days) < FEWEST_OTHER_DAYS or n < FEWEST_OTHER_ANSWERS:
        return None
    usual = (fours + 1) / (n + 2)
    correlation = min(MOST_CORRELATION, max(LEAST_CORRELATION, CAUTION * _correlation(days)))
    p = clustered_tail(trace.all_four, trace.whole, usual, correlation)
    return Finding(trace.whole, trace.all_four, trace.whole * usual, p)


def _by_day(traces: Sequence[Trace]) -> dict[date, Day]:
    """The days that have any whole answers."""
    days: dict[date, Day] = {}
    for trace in traces:
        n, fours = days.get(trace.day, (0, 0))
        days[trace.day] = n + trace.whole, fours + trace.all_four
    return {day: counts for day, counts in days.items() if counts[0]}


def _correlation(days: Sequence[Day]) -> float:
    """How alike two answers of a day are beyond those of two days: method of moments.

    Ridout, Demétrio and Firth, Estimating intraclass correlation for binary data, Biometrics 55
    (1999), 137-148: (Σ(x - np)² - Σnp(1-p)) / Σn(n-1)p(1-p).
    """
    total = sum(n for n, _ in days)
    p = sum(fours for _, fours in days) / total
    pairs = sum(n * (n - 1) for n, _ in days) * p * (1 - p)
    if not pairs:
        return MOST_CORRELATION
    spread = sum((fours - n * p) ** 2 - n * p * (1 - p) for n, fours in days)
    return spread / pairs
