"""The 95 % interval of an index, and of an element's index.

Method: Student's t with n - 1 degrees of freedom on the logit of the index's place between 25 and
100; see `estimate` for the reason. Where everybody answered alike there is no spread to compute
with, and a width of 0 would be a lie: then the ends are where the index would lie if the largest
share of users that a sample of this size can miss (the rule of three) had all answered 1, or all 4.
Known numbers of users shrink the doubt by √((N - n)/(N - 1)); if all of them answered, it is gone.
"""

from dataclasses import dataclass
from fractions import Fraction

from services.scoring.domain import ikm
from services.scoring.domain.ikm import Tally, WeightMethod
from services.scoring.domain.statistics.estimate import (
    BEST,
    UPPER,
    WORST,
    Basis,
    Population,
    estimate,
    to_nine_decimals,
)
from services.scoring.domain.statistics.moments import Sample, moments_of_tally
from services.scoring.domain.statistics.student import quantile


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the index of all users lies, with 95 % confidence; points, 25 to 100.

    `basis` says what it was computed from, `population` whether the number of users was used.
    """

    low: Fraction
    high: Fraction
    n: int
    basis: Basis
    population: Population


def interval_of(
    moments: Sample,
    population: int | None = None,
    method: WeightMethod = WeightMethod.EXACT,
) -> Interval | None:
    """The 95 % interval of the index of these respondents, or None below two answers.

    `population` is the number of users of the period. A weight that was cut (0.11) lowers the ends
    as it lowers the index, also below 25.
    """
    found = estimate(moments, population)
    if found is None:
        return None
    t = quantile(UPPER, found.n - 1)
    low = max(found.mean - to_nine_decimals(found.below(t)), Fraction(WORST))
    high = min(found.mean + to_nine_decimals(found.above(t)), Fraction(BEST))
    lowered = ikm.weight(moments.elements, method) * moments.elements
    return Interval(low * lowered, high * lowered, found.n, found.basis, found.population)


def element_interval(tally: Tally, population: int | None = None) -> Interval | None:
    """The 95 % interval of one element's own index, by the same method."""
    return interval_of(moments_of_tally(tally), population)
