"""What people felt against what was measured: the element beside the fact (domain rules of ours).

No regulation sets these limits; they are stated with every answer. Below the fewest cases on either
side nothing is said.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

# Fewer answers, or fewer measured cases, tell nothing about each other.
FEWEST = 30
# The index of class B and better (PermenPANRB 14/2017): from here on people are content.
CONTENT = Fraction(76_61, 100)
# Less than this share in time is late, from this share on it is fast.
LATE_BELOW = Fraction(80, 100)
FAST_FROM = Fraction(90, 100)
# "Gratis" is a 4 (100), "murah" a 3 (75): below this people do not feel a free service to be free.
FREE_FELT_FROM = Fraction(87_50, 100)


class Verdict(StrEnum):
    """What the two say together."""

    AGREES = "agrees"
    PRAISED_BUT_LATE = "praised_but_late"
    FAST_BUT_DISLIKED = "fast_but_disliked"
    FREE_BUT_FELT_COSTLY = "free_but_felt_costly"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class Felt:
    """An element's index (25-100) as it is shown, and of how many answers; None: not to be told."""

    index: Fraction | None
    n: int | None


@dataclass(frozen=True, slots=True)
class Measured:
    """How many were in time and how many late; None: not to be told."""

    in_time: int | None
    late: int | None

    @property
    def n(self) -> int:
        """All that were measured and may be told."""
        return (self.in_time or 0) + (self.late or 0)

    @property
    def share(self) -> Fraction | None:
        """What of them was in time."""
        if self.in_time is None or self.late is None or self.n == 0:
            return None
        return Fraction(self.in_time, self.n)


def compare(felt: Felt, measured: Measured) -> Verdict:
    """An element about speed (`time`, `complaints`) beside what was in time."""
    share = measured.share
    if not _says_enough(felt) or felt.index is None or share is None or measured.n < FEWEST:
        return Verdict.TOO_FEW
    if felt.index >= CONTENT and share < LATE_BELOW:
        return Verdict.PRAISED_BUT_LATE
    if felt.index < CONTENT and share >= FAST_FROM:
        return Verdict.FAST_BUT_DISLIKED
    return Verdict.AGREES


def compare_cost(felt: Felt, fee: int | None) -> Verdict | None:
    """The element `cost` beside the fee of the standard (rupiah); None: no fee was published."""
    if fee is None:
        return None
    if not _says_enough(felt) or felt.index is None:
        return Verdict.TOO_FEW
    if fee == 0 and felt.index < FREE_FELT_FROM:
        return Verdict.FREE_BUT_FELT_COSTLY
    return Verdict.AGREES


def _says_enough(felt: Felt) -> bool:
    return felt.n is not None and felt.n >= FEWEST
