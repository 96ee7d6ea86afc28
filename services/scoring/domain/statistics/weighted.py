"""The doubt of an index whose elements do not weigh the same.

Of single answers only each element's counts and the plain total's square are kept, so how elements
move together is not known for every weight. The standard error is therefore its upper bound, that
of elements which all move together: SE(Σ wᵢ × NRRᵢ) ≤ Σ wᵢ × SDᵢ/√nᵢ (the triangle inequality of
standard deviations). Intervals may be wider than need be, never too narrow.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import sqrt

from services.scoring.domain.ikm import Tally
from services.scoring.domain.statistics.estimate import to_nine_decimals
from services.scoring.domain.statistics.moments import WeightedMoments, moments_of_tally


def weighted_moments(tallies: Sequence[Tally], shares: Sequence[Fraction]) -> WeightedMoments:
    """Of the answers to each element and its part in the index; the parts add up to 1."""
    answered = [
        (share, moments_of_tally(tally))
        for share, tally in zip(shares, tallies, strict=True)
        if tally.n > 0
    ]
    if not answered:
        return WeightedMoments(0, None, None)
    n = min(element.n for _, element in answered)
    mean = sum((share * (element.mean or 0) for share, element in answered), Fraction(0))
    if n < 2:
        return WeightedMoments(n, mean, None)
    error = sum(float(share) * sqrt((each.variance or 0) / each.n) for share, each in answered)
    return WeightedMoments(n, mean, to_nine_decimals(error * error * n))
