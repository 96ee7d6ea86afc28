"""An index that was measured elsewhere, from its sums alone: exact, like our own."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.scoring.domain import ikm
from services.scoring.domain.ikm import WeightMethod


@dataclass(frozen=True, slots=True)
class Sum:
    """How many answered an element (one at least), and the sum of their scores."""

    n: int
    total: int

    @property
    def nrr(self) -> Fraction:
        """The mean score."""
        return Fraction(self.total, self.n)

    @property
    def index(self) -> Fraction:
        """The mean score on the scale to 100."""
        return self.nrr * ikm.SCALE_TO_INDEX


def index_of(elements: Mapping[str, Sum], method: WeightMethod) -> Fraction | None:
    """IKM = Σ NRR × weight × 25 over the elements that were asked about."""
    return ikm.weighted_index([each.nrr for each in elements.values()], method)


def differs(published: str, index: Fraction) -> bool:
    """Whether an index as somebody published it ("87.3") is not this one at its own decimals."""
    decimals = len(published.partition(".")[2])
    return ikm.rounded(Fraction(published), decimals) != ikm.rounded(index, decimals)
