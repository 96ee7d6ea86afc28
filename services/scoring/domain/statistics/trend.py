"""The trend of an index over three or more periods.

Method: a straight line over the number of the period, least squares weighted by the answers of each
period; so the slope is an exact sum of the periods' indices. It is tested at 5 %, by the first that
applies:

* *scatter*: where the periods lie off the line by more than their own doubt explains (lack-of-fit F
  at 5 %: Draper & Smith, Applied Regression Analysis, 2.1), by that scatter and k - 2 degrees of
  freedom, because then what moves the index from one period to the next is not the line;
* *sampling*: else by the periods' own standard errors (`contrast`), widened by the Birge ratio
  where they scatter a little more than they should (Birge, Physical Review 40 (1932), 207).

A period with fewer than ten answers is left out and keeps its place on the line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import inf, sqrt

from services.scoring.domain.statistics.comparison import Comparison, Verdict, compare, verdict_on
from services.scoring.domain.statistics.contrast import Contrast, contrast
from services.scoring.domain.statistics.estimate import (
    UPPER,
    Estimate,
    estimate,
    to_nine_decimals,
)
from services.scoring.domain.statistics.moments import Sample
from services.scoring.domain.statistics.sample import FEWEST_TO_JUDGE
from services.scoring.domain.statistics.student import f_tail, quantile, two_sided_p

FEWEST_PERIODS = 3
_LEVEL = 0.05


class Against(StrEnum):
    """What a slope was measured against."""

    SAMPLING = "sampling"
    SCATTER = "scatter"


@dataclass(frozen=True, slots=True)
class Trend:
    """The slope in index points per period with its 95 % interval; None below three periods.

    `periods` is how many were used; `last_step` compares the last two of those.
    """

    verdict: Verdict
    periods: int
    slope: Fraction | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    p: float | None = None
    against: Against | None = None
    last_step: Comparison | None = None


@dataclass(frozen=True, slots=True)
class _Point:
    period: int
    moments: Sample
    population: int | None
    found: Estimate


@dataclass(frozen=True, slots=True)
class _Line:
    """A fitted line. The slope is Σ factor × index; `sxx` is Σ n × (period - mean period)²."""

    slope: Fraction
    factors: tuple[Fraction, ...]
    residuals: tuple[Fraction, ...]
    sxx: Fraction


def trend_of(periods: Sequence[Sample], populations: Sequence[int | None] = ()) -> Trend:
    """Whether the index of consecutive periods, the oldest first, rises or falls.

    `populations` are the users of each period, where known: none, or one for each period.
    """
    points = _judged(periods, populations or [None] * len(periods))
    last_step = _last_step(points)
    if len(points) < FEWEST_PERIODS:
        return Trend(Verdict.TOO_FEW, len(points), last_step=last_step)
    line = _fitted(points)
    ratio = _scatter_ratio(points, line)
    if f_tail(float(ratio), len(points) - 2, _degrees(points)) < _LEVEL:
        found, against = _against_scatter(points, line), Against.SCATTER
    else:
        found, against = _against_sampling(points, line, ratio), Against.SAMPLING
    return Trend(
        verdict_on(found),
        len(points),
        found.value,
        found.low,
        found.high,
        found.p,
        against,
        last_step,
    )


def _judged(periods: Sequence[Sample], populations: Sequence[int | None]) -> list[_Point]:
    return [
        _Point(number, moments, population, found)
        for number, (moments, population) in enumerate(zip(periods, populations, strict=True))
        if moments.n >= FEWEST_TO_JUDGE and (found := estimate(moments, population)) is not None
    ]


def _last_step(points: Sequence[_Point]) -> Comparison | None:
    if len(points) < 2:
        return None
    before, after = points[-2:]
    return compare(
        before.moments,
        after.moments,
        population_before=before.population,
        population_after=after.population,
    )


def _fitted(points: Sequence[_Point]) -> _Line:
    answers = sum(point.found.n for point in points)
    centre = Fraction(sum(point.found.n * point.period for point in points), answers)
    level = _total(point.found.n * point.found.mean for point in points) / answers
    sxx = _total(point.found.n * (point.period - centre) ** 2 for point in points)
    factors = tuple(point.found.n * (point.period - centre) / sxx for point in points)
    slope = _total(factor * point.found.mean for factor, point in zip(factors, points, strict=True))
    residuals = tuple(
        point.found.mean - level - slope * (point.period - centre) for point in points
    )
    return _Line(slope, factors, residuals, sxx)


def _scatter_ratio(points: Sequence[_Point], line: _Line) -> Fraction | float:
    """F: the variance around the line, in units of what the answers' pooled variance explains."""
    pooled = _total((point.found.n - 1) * point.found.variance for point in points)
    ratio = Fraction(0)
    for point, residual in zip(points, line.residuals, strict=True):
        explained = pooled / _degrees(points) * point.found.left / point.found.n
        if residual and not explained:
            return inf
        ratio += residual**2 / explained if residual else 0
    return ratio / (len(points) - 2)


def _against_sampling(points: Sequence[_Point], line: _Line, ratio: Fraction | float) -> Contrast:
    terms = [(factor, point.found) for factor, point in zip(line.factors, points, strict=True)]
    return contrast(terms, sqrt(max(1, ratio)))


def _against_scatter(points: Sequence[_Point], line: _Line) -> Contrast:
    df = len(points) - 2
    around = _total(
        point.found.n * residual**2 for point, residual in zip(points, line.residuals, strict=True)
    )
    error = sqrt(around / df / line.sxx)
    half = to_nine_decimals(quantile(UPPER, df) * error)
    p = two_sided_p(float(line.slope) / error, df)
    return Contrast(line.slope, line.slope - half, line.slope + half, p)


def _degrees(points: Sequence[_Point]) -> int:
    return sum(point.found.n - 1 for point in points)


def _total(parts: Iterable[Fraction]) -> Fraction:
    return sum(parts, Fraction(0))
