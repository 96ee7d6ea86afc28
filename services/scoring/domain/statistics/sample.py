"""How many answers a survey needs: Krejcie & Morgan, the table that PermenPANRB 14/2017 uses.

Determining Sample Size for Research Activities, Educational and Psychological Measurement 30
(1970), 607-610: S = χ²NP(1-P) / (d²(N-1) + χ²P(1-P)) with χ² = 3.841, P = 0.5, d = 0.05.
"""

from fractions import Fraction

from services.scoring.domain.ikm import rounded

# Below this many answers nothing is judged: no letter, no comparison, no rank.
FEWEST_TO_JUDGE = 10

_CHI_SQUARE = Fraction("3.841")
_SHARE = Fraction(1, 2)
_ACCURACY = Fraction("0.05")
_SPREAD = _CHI_SQUARE * _SHARE * (1 - _SHARE)

# What the formula approaches for ever more users: enough for any population.
ENOUGH_FOR_ANY = rounded(_SPREAD / _ACCURACY**2, 0)


def minimum_sample(population: int) -> int:
    """The answers needed from so many users of the period, rounded half up: 1000 → 278."""
    if population < 0:
        raise ValueError(f"{population} users")
    if not population:
        return 0
    return rounded(_SPREAD * population / (_ACCURACY**2 * (population - 1) + _SPREAD), 0)


def is_provisional(n: int, population: int | None) -> bool:
    """Whether so few answered that the figure is marked "sementara".

    An unknown population, and one declared smaller than the number of answers, promises nothing:
    then only as many as suffice for any population suffice.
    """
    if population is None or population < n:
        return n < ENOUGH_FOR_ANY
    return n < minimum_sample(population)
