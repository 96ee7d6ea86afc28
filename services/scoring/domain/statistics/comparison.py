"""Two independent groups compared: two periods of a unit, or two units.

Method: Welch's t-test on the respondents' totals, each with the interval of `estimate` (see
`contrast`), at the 5 % level. Units: index points.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from services.scoring.domain.statistics.contrast import Contrast, contrast
from services.scoring.domain.statistics.estimate import estimate
from services.scoring.domain.statistics.moments import Sample
from services.scoring.domain.statistics.sample import FEWEST_TO_JUDGE
from services.scoring.domain.statistics.words import Words


class Verdict(StrEnum):
    """What may be said of a change."""

    RISE = "rise"
    FALL = "fall"
    NO_REAL_CHANGE = "no-real-change"
    TOO_FEW = "too-few"


VERDICT_WORDS: Mapping[Verdict, Words] = {
    Verdict.RISE: ("naik", "risen"),
    Verdict.FALL: ("turun", "fallen"),
    Verdict.NO_REAL_CHANGE: ("tidak berubah nyata", "no real change"),
    Verdict.TOO_FEW: ("belum dapat dinilai", "too few answers to tell"),
}
# The same verdicts of two units, where nothing moved in time.
UNIT_WORDS: Mapping[Verdict, Words] = {
    Verdict.RISE: ("lebih tinggi", "higher"),
    Verdict.FALL: ("lebih rendah", "lower"),
    Verdict.NO_REAL_CHANGE: ("tidak berbeda nyata", "no real difference"),
    Verdict.TOO_FEW: ("belum dapat dinilai", "too few answers to tell"),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The second group's index less the first's, in points; `low` to `high` is its 95 % interval.

    Without enough answers there is at most a difference, and no interval or p-value.
    """

    verdict: Verdict
    difference: Fraction | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    p: float | None = None


def compare(
    before: Sample,
    after: Sample,
    *,
    population_before: int | None = None,
    population_after: int | None = None,
) -> Comparison:
    """Whether the index of `after` differs from that of `before`: Welch's test at 5 %.

    The populations are the users of the two, where known. A group below ten answers is not judged.
    """
    if before.index is None or after.index is None:
        return Comparison(Verdict.TOO_FEW)
    first, second = estimate(before, population_before), estimate(after, population_after)
    if first is None or second is None or min(before.n, after.n) < FEWEST_TO_JUDGE:
        return Comparison(Verdict.TOO_FEW, after.index - before.index)
    found = contrast([(1, second), (-1, first)])
    return Comparison(verdict_on(found), found.value, found.low, found.high, found.p)


def verdict_on(found: Contrast) -> Verdict:
    """A rise or a fall only if 0 lies outside the interval."""
    if found.low > 0:
        return Verdict.RISE
    return Verdict.FALL if found.high < 0 else Verdict.NO_REAL_CHANGE
