"""The letter of an index with its doubt: "B, mungkin C"."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.scoring.domain.ikm import Band, RuleSet
from services.scoring.domain.statistics.interval import Interval
from services.scoring.domain.statistics.sample import FEWEST_TO_JUDGE
from services.scoring.domain.statistics.words import Words


@dataclass(frozen=True, slots=True)
class Letter:
    """A class, or None below ten answers; and the others that the interval touches, best first."""

    band: Band | None
    perhaps: tuple[Band, ...] = ()


def letter_of(n: int, index: Fraction | None, interval: Interval | None, rules: RuleSet) -> Letter:
    """The class of an index of `n` answers. Its interval is rounded as it is published, then
    classified: an end of 88.305 is in A."""
    if index is None or n < FEWEST_TO_JUDGE:
        return Letter(None)
    band = rules.classify(index)
    if interval is None:
        return Letter(band)
    best, worst = (rules.bands.index(rules.classify(end)) for end in (interval.high, interval.low))
    touched = rules.bands[best : worst + 1]
    return Letter(band, tuple(other for other in touched if other != band))


def words_for(letter: Letter) -> Words:
    """ "B, mungkin C" and "B, perhaps C"; with two others "A atau C", "A or C"."""
    if letter.band is None:
        return (
            f"belum dinilai (kurang dari {FEWEST_TO_JUDGE} jawaban)",
            f"not judged yet (fewer than {FEWEST_TO_JUDGE} answers)",
        )
    own = letter.band.letter
    if not letter.perhaps:
        return own, own
    return doubtful(own, [other.letter for other in letter.perhaps])


def doubtful(own: str, others: Sequence[str]) -> Words:
    """A letter and the others (one at least) that it might be."""
    return (
        f"{own}, mungkin {_either(others, 'atau')}",
        f"{own}, perhaps {_either(others, 'or')}",
    )


def _either(letters: Sequence[str], conjunction: str) -> str:
    *first, last = letters
    return f"{', '.join(first)} {conjunction} {last}" if first else last
