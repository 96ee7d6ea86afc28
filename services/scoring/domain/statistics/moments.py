"""What the rollups keep of respondents: how many, the sum of their totals and of its squares.

A total is a respondent's nine scores summed, 9 to 36. Sums add up in any order and any split, so
the mean and the variance of a city follow exactly from those of its counters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.scoring.domain.elements import CODES, HIGHEST, LOWEST
from services.scoring.domain.ikm import SCALE_TO_INDEX, Tally


class ImpossibleMoments(ValueError):
    """Sums that no respondents can have left."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Respondents who answered all `elements`: their number, Σ total and Σ total².

    Who left an element out has a total that means something else: leave such answers out of all
    three sums, or see with `are_complete` that there are none.
    """

    n: int = 0
    total: int = 0
    total_sq: int = 0
    elements: int = len(CODES)

    def __post_init__(self) -> None:
        lowest = self.n * self.elements
        if not (0 <= lowest * LOWEST <= self.total <= lowest * HIGHEST):
            raise ImpossibleMoments(f"{self.n} answers cannot sum to {self.total}")
        if self.n * self.total_sq < self.total * self.total:
            raise ImpossibleMoments(f"{self.total_sq} is too small a sum of squares")

    def __add__(self, other: "Moments") -> "Moments":
        if self.elements != other.elements:
            raise ImpossibleMoments(f"totals over {self.elements} and {other.elements} elements")
        return Moments(
            self.n + other.n,
            self.total + other.total,
            self.total_sq + other.total_sq,
            self.elements,
        )

    @property
    def mean(self) -> Fraction | None:
        """The mean total, or None without answers."""
        return Fraction(self.total, self.n) if self.n else None

    @property
    def variance(self) -> Fraction | None:
        """The unbiased variance of the totals (divisor n - 1), or None below two answers."""
        if self.n < 2:
            return None
        return Fraction(self.n * self.total_sq - self.total**2, self.n * (self.n - 1))

    @property
    def scale(self) -> Fraction:
        """Index points for one point of the total: 25/9 for nine elements."""
        return Fraction(SCALE_TO_INDEX, self.elements)

    @property
    def index(self) -> Fraction | None:
        """The index with equal weights of exactly 1/elements, before rounding; points."""
        return Fraction(self.total * SCALE_TO_INDEX, self.n * self.elements) if self.n else None


@dataclass(frozen=True, slots=True)
class WeightedMoments:
    """Σ weight × score (1 to 4) of answers whose elements do not weigh the same.

    `n` is that of the element that the fewest answered; `variance` is a bound (see `weighted`),
    None below two.
    """

    n: int
    mean: Fraction | None
    variance: Fraction | None
    elements: int = 1

    @property
    def scale(self) -> Fraction:
        """Index points for one point of the mean."""
        return Fraction(SCALE_TO_INDEX)

    @property
    def index(self) -> Fraction | None:
        """The index, before rounding; points."""
        return None if self.mean is None else self.mean * self.scale


# What statistics need of the answers of a unit or period.
Sample = Moments | WeightedMoments


def moments_of_tally(tally: Tally) -> Moments:
    """One element alone, from how often each of its four scores was given."""
    squares = sum(count * score * score for score, count in enumerate(tally.counts, start=LOWEST))
    return Moments(tally.n, tally.total, squares, elements=1)


def are_complete(moments: Moments, tallies: Sequence[Tally]) -> bool:
    """Whether every respondent of the sums answered every element."""
    return (
        all(tally.n == moments.n for tally in tallies)
        and sum(tally.total for tally in tallies) == moments.total
    )
