"""Which elements matter: derived importance, importance against performance, weakest, strongest.

Nobody is asked what matters. An element's importance is derived: the correlation of its score with
the rest of the respondent's answer (the total less the element: the corrected item-total
correlation, so that an element is not compared with itself). Importance and performance are then
cut at their means into four quadrants (Martilla & James, Journal of Marketing 41 (1977), 77-79).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import sqrt

from services.scoring.domain.elements import CODES
from services.scoring.domain.ikm import Tally
from services.scoring.domain.statistics.estimate import to_nine_decimals
from services.scoring.domain.statistics.moments import Moments, are_complete, moments_of_tally
from services.scoring.domain.statistics.words import Words

MOST_NAMED = 3


class Quadrant(StrEnum):
    """What to do about an element, by its importance and its performance."""

    KEEP_UP = "keep-up"
    CONCENTRATE_HERE = "concentrate-here"
    LOW_PRIORITY = "low-priority"
    POSSIBLE_OVERKILL = "possible-overkill"


QUADRANT_WORDS: Mapping[Quadrant, Words] = {
    Quadrant.KEEP_UP: ("pertahankan", "keep up"),
    Quadrant.CONCENTRATE_HERE: ("prioritas utama", "concentrate here"),
    Quadrant.LOW_PRIORITY: ("prioritas rendah", "low priority"),
    Quadrant.POSSIBLE_OVERKILL: ("berlebihan", "possible overkill"),
}
_QUADRANTS = {
    (True, True): Quadrant.KEEP_UP,
    (True, False): Quadrant.CONCENTRATE_HERE,
    (False, False): Quadrant.LOW_PRIORITY,
    (False, True): Quadrant.POSSIBLE_OVERKILL,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """An element's importance (-1 to 1), its performance (NRR, 1 to 4), and what follows."""

    code: str
    importance: Fraction | None
    performance: Fraction | None
    quadrant: Quadrant | None


def importances(
    moments: Moments, tallies: Sequence[Tally], with_total: Sequence[int]
) -> tuple[Fraction | None, ...]:
    """Each element's correlation with the rest of the answer, -1 to 1, to nine decimals.

    `with_total` is, per element, Σ score × total. All three are sums over the same complete
    answers; if they cannot be, and where an element or the rest has no variance, there is None.
    """
    if not are_complete(moments, tallies):
        return (None,) * len(tallies)
    return tuple(
        _with_the_rest(moments, moments_of_tally(tally), product)
        for tally, product in zip(tallies, with_total, strict=True)
    )


def standings(
    moments: Moments, tallies: Sequence[Tally], with_total: Sequence[int]
) -> tuple[Standing, ...]:
    """The nine elements in their order, each with its quadrant: cut at the mean importance and the
    mean performance of the elements that have both. What equals a mean counts as above it."""
    found = importances(moments, tallies, with_total)
    pairs = [
        (importance, tally.nrr)
        for importance, tally in zip(found, tallies, strict=True)
        if importance is not None and tally.nrr is not None
    ]
    important = sum((pair[0] for pair in pairs), Fraction(0)) / max(1, len(pairs))
    good = sum((pair[1] for pair in pairs), Fraction(0)) / max(1, len(pairs))
    return tuple(
        Standing(
            code,
            importance,
            tally.nrr,
            None
            if importance is None or tally.nrr is None
            else _QUADRANTS[importance >= important, tally.nrr >= good],
        )
        for code, importance, tally in zip(CODES, found, tallies, strict=True)
    )


def weakest_and_strongest(
    tallies: Sequence[Tally], k: int = MOST_NAMED
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The codes of the k elements with the lowest NRR, lowest first, and highest, highest first."""
    return extremes([tally.nrr for tally in tallies], k)


def extremes(
    nrrs: Sequence[Fraction | None], k: int = MOST_NAMED
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The same from the means of the elements in their order; None is one that is not known.

    All are put in one order, equal ones in the regulation's; so no element is in both, and among
    few answered elements fewer are named.
    """
    answered = [
        (nrr, place, code)
        for place, (code, nrr) in enumerate(zip(CODES, nrrs, strict=True))
        if nrr is not None
    ]
    ordered = [code for _, _, code in sorted(answered)]
    named = min(k, len(ordered) // 2)
    return tuple(ordered[:named]), tuple(ordered[::-1][:named])


def _with_the_rest(whole: Moments, own: Moments, product: int) -> Fraction | None:
    """Pearson's r of x and T - x, every sum times n so that all is integer up to the root."""
    n, total = own.n, whole.total - own.total
    rest_sq = whole.total_sq - 2 * product + own.total_sq
    own_spread = n * own.total_sq - own.total**2
    rest_spread = n * rest_sq - total**2
    if own_spread <= 0 or rest_spread <= 0:
        return None
    together = n * (product - own.total_sq) - own.total * total
    return to_nine_decimals(together / sqrt(own_spread * rest_spread))
