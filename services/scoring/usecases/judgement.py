"""How what statistics found is said: numbers as they are published, words in both languages."""

from fractions import Fraction

import msgspec

from services.scoring.domain import ikm
from services.scoring.domain.statistics.comparison import (
    UNIT_WORDS,
    VERDICT_WORDS,
    Comparison,
)
from services.scoring.domain.statistics.words import Words
from services.scoring.usecases.figure_body import Bounds

# What public statistics say of a period that may still move.
OPEN = "open"
OPEN_WORDS: Words = (
    "belum dinilai: masa masih berjalan",
    "not judged yet: the period is still open",
)
_DECIMALS_OF_P = 4


class Wording(msgspec.Struct, frozen=True, rename={"indonesian": "id", "english": "en"}):
    """The same words in Indonesian and English."""

    indonesian: str
    english: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A difference of two indices in points, with its 95 % interval and two-sided p-value.

    Over the answers to all nine elements (Welch's test at 5 %). `verdict`: `rise`, `fall`,
    `no-real-change`, `too-few`, or `open`: public figures are judged once their period is closed.
    """

    verdict: str
    words: Wording
    difference: str | None
    interval: Bounds | None
    p: str | None


NOT_CLOSED = Change(
    verdict=OPEN, words=Wording(*OPEN_WORDS), difference=None, interval=None, p=None
)


def change(found: Comparison, *, of_units: bool = False) -> Change:
    """A comparison as it is published; of two units nothing rises or falls."""
    words = UNIT_WORDS if of_units else VERDICT_WORDS
    return Change(
        verdict=str(found.verdict),
        words=Wording(*words[found.verdict]),
        difference=None if found.difference is None else signed(found.difference),
        interval=bounds(found.low, found.high),
        p=p_text(found.p),
    )


def bounds(
    low: Fraction | None, high: Fraction | None, decimals: int = ikm.INDEX_DECIMALS
) -> Bounds | None:
    """An interval of a difference or a slope, if there is one."""
    if low is None or high is None:
        return None
    return Bounds(signed(low, decimals), signed(high, decimals))


def signed(value: Fraction, decimals: int = ikm.INDEX_DECIMALS) -> str:
    """A value that may lie below zero, rounded half away from it; zero has no sign."""
    size = ikm.published(abs(value), decimals)
    return f"-{size}" if value < 0 and ikm.rounded(abs(value), decimals) else size


def p_text(p: float | None) -> str | None:
    """A p-value to four decimals."""
    return None if p is None else f"{p:.{_DECIMALS_OF_P}f}"
