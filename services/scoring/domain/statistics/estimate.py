"""An index with its doubt: how far below and above it the truth may lie.

Answers pile up at 3 and 4, so an index of 97 can be much too high but hardly too low, and an
interval as wide on both sides misses the truth too often: plain Student's t covers it 91 times in
100 where 30 people answer like those of the real survey that this project was tried with (skewness
-2.3). The interval is therefore made on the logit of the index's place between 25 and 100, where
its doubt is nearly symmetric, and carried back (delta method; Agresti, Categorical Data Analysis,
3.1; the usual interval of survey packages for proportions). It needs no sums beyond Σ and Σ²,
never leaves the scale, and covers 94 to 95 in 100.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import expm1, lgamma, log, sqrt

from services.scoring.domain.elements import HIGHEST, LOWEST
from services.scoring.domain.ikm import SCALE_TO_INDEX
from services.scoring.domain.statistics.moments import Sample
from services.scoring.domain.statistics.student import quantile

CONFIDENCE = 0.95
WORST, BEST = LOWEST * SCALE_TO_INDEX, HIGHEST * SCALE_TO_INDEX

SPAN = BEST - WORST
UPPER = (1 + CONFIDENCE) / 2
_NINE_DECIMALS = 10**9


class Basis(StrEnum):
    """What the doubt of an estimate was computed from."""

    T_LOGIT = "t-logit"
    NO_SPREAD = "no-spread"
    CENSUS = "census"


class Population(StrEnum):
    """Whether the number of users was known, so that few who did not answer leave little doubt."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    BELOW_N = "below-n"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean on the scale 25 to 100, of `n` ≥ 2 answers; `variance` is that of one respondent.

    `place` is where the mean lies on the scale, 0 at 25 and 1 at 100.
    `spread` is the standard error on the logit scale; where everybody gave the same answer, the
    share of the way to either end of the scale that one unit of t stands for; 0 for a census.
    `left` is the part of the variance that the finite population leaves, (N - n)/(N - 1).
    """

    n: int
    mean: Fraction
    variance: Fraction
    left: Fraction
    place: float
    spread: float
    basis: Basis
    population: Population

    def below(self, t: float) -> float:
        """The points by which the truth may lie below, at so many standard errors."""
        return SPAN * self._reach(self.place, t)

    def above(self, t: float) -> float:
        """The points by which the truth may lie above, at so many standard errors."""
        return SPAN * self._reach(1 - self.place, t)

    def _reach(self, room: float, t: float) -> float:
        if self.basis is not Basis.T_LOGIT:
            return room * min(1.0, self.spread * t)
        # Through the logit and back in one step: so no digits cancel, and nothing overflows.
        gone = -expm1(-self.spread * t)
        return room * (1 - room) * gone / (1 - room * gone)


def estimate(moments: Sample, population: int | None = None) -> Estimate | None:
    """The index of some respondents, or of all users if `population` says that there are no more.

    None below two answers: they say nothing about how far people differ. A population smaller
    than the number of answers was declared wrongly and counts as unknown.
    """
    if moments.mean is None or moments.variance is None:
        return None
    known = population_of(moments.n, population)
    left = Fraction(1)
    if population is not None and known is Population.KNOWN:
        left = Fraction(population - moments.n, max(1, population - 1))
    mean, variance = moments.mean * moments.scale, moments.variance * moments.scale**2
    place = (mean - WORST) / SPAN
    spread, basis = 0.0, Basis.CENSUS
    if left and variance:
        # The standard error in points, divided by the points for one unit of the logit there.
        error = sqrt(variance * left / moments.n)
        spread, basis = error / float(SPAN * place * (1 - place)), Basis.T_LOGIT
    elif left:
        unseen = unseen_share(moments.n, population if known is Population.KNOWN else None)
        spread, basis = unseen / quantile(UPPER, moments.n - 1), Basis.NO_SPREAD
    return Estimate(moments.n, mean, variance, left, float(place), spread, basis, known)


def population_of(n: int, population: int | None) -> Population:
    """What a declared number of users is worth beside the number of answers."""
    if population is None:
        return Population.UNKNOWN
    return Population.KNOWN if population >= n else Population.BELOW_N


def unseen_share(n: int, population: int | None = None) -> float:
    """The share of users who may think otherwise although `n` answered exactly alike.

    The largest share that, with 95 % confidence, an unlucky sample could have missed altogether:
    1 - 0.05^(1/n), about 3/n (the "rule of three": Hanley & Lippman-Hand, JAMA 249 (1983), 1743);
    among a known number of users, the same from the hypergeometric distribution.
    """
    missed = 1 - CONFIDENCE
    if population is None:
        return float(1 - missed ** (1 / n))
    fewest, most = 0, population - n
    while fewest < most:
        others = (fewest + most + 1) // 2
        if _log_chance_to_miss(others, n, population) > log(missed):
            fewest = others
        else:
            most = others - 1
    return fewest / population


def to_nine_decimals(value: float) -> Fraction:
    """A float on the grid of published intermediate results."""
    return Fraction(round(value * _NINE_DECIMALS), _NINE_DECIMALS)


def _log_chance_to_miss(others: int, n: int, population: int) -> float:
    """ln of C(population - others, n) / C(population, n): that none of the others was asked."""
    return (
        lgamma(population - others + 1)
        - lgamma(population - others - n + 1)
        - lgamma(population + 1)
        + lgamma(population - n + 1)
    )
