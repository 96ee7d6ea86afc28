"""The satisfaction index (IKM) in integers and fractions: rounded once, when published, half up.

Classified after rounding, because the regulation's bands have holes that only this order closes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from math import lcm

SCALE_TO_INDEX = 25
INDEX_DECIMALS = 2
NRR_DECIMALS = 4


class WeightMethod(StrEnum):
    """How 1/9 is written down. Practice also cuts it, which lowers the index: say which it was."""

    EXACT = "exact"
    THREE_DECIMALS = "0.111"
    TWO_DECIMALS = "0.11"


_DECIMALS = {WeightMethod.THREE_DECIMALS: 3, WeightMethod.TWO_DECIMALS: 2}


@dataclass(frozen=True, slots=True)
class Band:
    """A class of service quality, from `lowest` (hundredths of the index) up to the next band."""

    letter: str
    lowest: int
    indonesian: str
    english: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The bands that a regulation sets, best first. A letter means nothing without its rule set."""

    name: str
    valid_from: date
    bands: tuple[Band, ...]

    def classify(self, index: Fraction) -> Band:
        """The class of an index as it is published. An index below every band gets the last."""
        published_as = rounded(index, INDEX_DECIMALS)
        return next((band for band in self.bands if published_as >= band.lowest), self.bands[-1])


# The first day of each regulation's year: answers are never older than 2020, so the exact day of
# its promulgation decides nothing here.
RULE_SETS = (
    RuleSet(
        "kepmenpan-25-2004",
        date(2004, 1, 1),
        (
            Band("A", 8126, "Sangat baik", "Very good"),
            Band("B", 6251, "Baik", "Good"),
            Band("C", 4376, "Kurang baik", "Poor"),
            Band("D", 2500, "Tidak baik", "Bad"),
        ),
    ),
    RuleSet(
        "permenpanrb-14-2017",
        date(2017, 1, 1),
        (
            Band("A", 8831, "Sangat baik", "Very good"),
            Band("B", 7661, "Baik", "Good"),
            Band("C", 6500, "Kurang baik", "Poor"),
            Band("D", 2500, "Tidak baik", "Bad"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each score, 1 to 4, was given to one element."""

    counts: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def n(self) -> int:
        """The answers given to this element; who left it out counts nowhere."""
        return sum(self.counts)

    @property
    def total(self) -> int:
        """The sum of the scores (the regulation's ΣS)."""
        one, two, three, four = self.counts
        return one + 2 * two + 3 * three + 4 * four

    @property
    def nrr(self) -> Fraction | None:
        """The mean score of the element, 1 to 4, or None without answers."""
        return Fraction(self.total, self.n) if self.n else None

    def __add__(self, other: "Tally") -> "Tally":
        (a, b, c, d), (e, f, g, h) = self.counts, other.counts
        return Tally((a + e, b + f, c + g, d + h))


def letter_of(band: Band | None) -> str | None:
    """The letter of a class, or None where there is no class."""
    return None if band is None else band.letter


def rules_on(day: date, rule_sets: Sequence[RuleSet] = RULE_SETS) -> RuleSet:
    """The rule set in force on a day; before the first one, the first one."""
    ordered = sorted(rule_sets, key=lambda rules: rules.valid_from)
    in_force = [rules for rules in ordered if rules.valid_from <= day]
    return in_force[-1] if in_force else ordered[0]


def index_of(
    tallies: Iterable[Tally], method: WeightMethod = WeightMethod.EXACT
) -> Fraction | None:
    """IKM = Σ NRR × weight × 25 over the elements that were answered; no answers have no index."""
    return weighted_index([tally.nrr for tally in tallies if tally.nrr is not None], method)


def weighted_index(
    nrrs: Sequence[Fraction], method: WeightMethod = WeightMethod.EXACT
) -> Fraction | None:
    """The index of elements' mean scores that weigh the same, or None without any."""
    if not nrrs:
        return None
    # Over one common denominator: adding fractions one by one costs ten times as much.
    common = lcm(*(nrr.denominator for nrr in nrrs))
    total = sum(nrr.numerator * (common // nrr.denominator) for nrr in nrrs)
    share = weight(len(nrrs), method)
    return Fraction(total * share.numerator * SCALE_TO_INDEX, common * share.denominator)


def weight(elements: int, method: WeightMethod = WeightMethod.EXACT) -> Fraction:
    """1/elements, or cut to the decimals that the method keeps: cut, so no index exceeds 100."""
    if method is WeightMethod.EXACT:
        return Fraction(1, elements)
    unit = 10 ** _DECIMALS[method]
    return Fraction(unit // elements, unit)


def element_index(tally: Tally) -> Fraction | None:
    """One element's own index: its NRR on the scale to 100, whatever its weight."""
    return Fraction(tally.total * SCALE_TO_INDEX, tally.n) if tally.n else None


def rounded(value: Fraction, decimals: int) -> int:
    """The value in units of its last decimal, half up: 64.995 → 6500 with two decimals."""
    units: int = 10**decimals
    numerator, denominator = value.numerator, value.denominator
    return (2 * numerator * units + denominator) // (2 * denominator)


def published(value: Fraction, decimals: int = INDEX_DECIMALS) -> str:
    """The value as it is published: "97.12"."""
    whole, part = divmod(rounded(value, decimals), 10**decimals)
    return f"{whole}.{part:0{decimals}d}"


def exact_text(value: Fraction) -> str:
    """The value before rounding, in lowest terms: "871450/8973"."""
    return f"{value.numerator}/{value.denominator}"
