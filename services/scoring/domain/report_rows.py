"""The rows of a report: each element with its part in the index, and those outside it."""

from dataclasses import dataclass
from fractions import Fraction

from services.scoring.domain import ikm
from services.scoring.domain.elements import CODES, HIGHEST, LOWEST
from services.scoring.domain.figure import Counted
from services.scoring.domain.ikm import Tally
from services.scoring.domain.weights import EQUAL, Weights

# What the platform words itself: Indonesian, English. Texts of agencies are plain strings.
Words = tuple[str, str]
Counts = tuple[int, int, int, int]


class ReportContradicts(ValueError):
    """Parts of a report's content do not fit each other."""


@dataclass(frozen=True, slots=True)
class ElementRow:
    """What was answered to one element; `counts` is None where publishing it is not allowed."""

    code: str
    n: int
    total: int
    weight: Fraction
    counts: Counts | None = None

    def __post_init__(self) -> None:
        if not self.n * LOWEST <= self.total <= self.n * HIGHEST:
            raise ReportContradicts(f"{self.code}: {self.n} answers cannot sum to {self.total}")
        if self.counts is not None and (
            (tally := Tally(self.counts)).n != self.n or tally.total != self.total
        ):
            raise ReportContradicts(f"{self.code}: the counts per score make another sum")

    @property
    def nrr(self) -> Fraction | None:
        """The mean score, 1 to 4, or None without answers."""
        return Fraction(self.total, self.n) if self.n else None

    @property
    def weighted(self) -> Fraction:
        """NRR × weight: the element's part in the index before × 25."""
        return Fraction(self.total, self.n) * self.weight if self.n else Fraction(0)

    @property
    def exact(self) -> Fraction | None:
        """The element's own index, NRR × 25."""
        return None if self.nrr is None else self.nrr * ikm.SCALE_TO_INDEX

    @property
    def index(self) -> str | None:
        """The element's own index as it is published."""
        return None if self.exact is None else ikm.published(self.exact)


@dataclass(frozen=True, slots=True)
class ExtraRow:
    """One of an agency's own elements, outside the index; `name` in both languages."""

    questionnaire: str
    code: str
    name: Words
    tally: Tally

    @property
    def index(self) -> str | None:
        """Its mean on the scale to 100, as it is published."""
        found = ikm.element_index(self.tally)
        return None if found is None else ikm.published(found)


def element_rows(
    counted: Counted, weights: Weights = EQUAL, *, with_counts: bool = True
) -> tuple[ElementRow, ...]:
    """Rows of what was counted, each answered element with its part in the index."""
    shares = weights.shares([tally.n > 0 for tally in counted.tallies])
    return tuple(
        ElementRow(
            code=code,
            n=tally.n,
            total=tally.total,
            weight=share,
            counts=tally.counts if with_counts else None,
        )
        for code, tally, share in zip(CODES, counted.tallies, shares, strict=True)
    )
