"""A figure: what the answers of a scope and period come to, ready to be published."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from operator import add

from services.scoring.domain import ikm
from services.scoring.domain.elements import CODES
from services.scoring.domain.ikm import Band, RuleSet, Tally
from services.scoring.domain.statistics.moments import ImpossibleMoments, Moments, Sample
from services.scoring.domain.statistics.weighted import weighted_moments
from services.scoring.domain.weights import EQUAL, Weights


@dataclass(frozen=True, slots=True)
class Whole:
    """The answers to all nine elements: what the spread of the totals follows from.

    `with_total` is, per element, Σ score × total.
    """

    n: int = 0
    total: int = 0
    total_sq: int = 0
    with_total: tuple[int, ...] = (0,) * len(CODES)
    tallies: tuple[Tally, ...] = (Tally(),) * len(CODES)

    def __add__(self, other: "Whole") -> "Whole":
        return Whole(
            self.n + other.n,
            self.total + other.total,
            self.total_sq + other.total_sq,
            tuple(map(add, self.with_total, other.with_total)),
            tuple(map(add, self.tallies, other.tallies)),
        )

    @property
    def moments(self) -> Moments | None:
        """For the statistics; None where the sums are none of answers (some were taken back)."""
        try:
            return Moments(self.n, self.total, self.total_sq)
        except ImpossibleMoments:
            return None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many answers there are, the tally of each element in the fixed order, the whole ones."""

    n: int = 0
    tallies: tuple[Tally, ...] = (Tally(),) * len(CODES)
    whole: Whole = Whole()

    def __add__(self, other: "Counted") -> "Counted":
        tallies = tuple(map(add, self.tallies, other.tallies))
        return Counted(self.n + other.n, tallies, self.whole + other.whole)


@dataclass(frozen=True, slots=True)
class Figure:
    """An index with its class. No answers have no index and no class, never 0."""

    n: int
    exact: Fraction | None
    index: str | None
    band: Band | None


@dataclass(frozen=True, slots=True)
class ElementFigure:
    """One element's part in an index; None where nobody answered it."""

    tally: Tally
    nrr: str | None
    index: str | None
    band: Band | None


def pooled(parts: Iterable[Counted]) -> Counted:
    """All answers together: a unit's index pools its respondents, it is no mean of indices."""
    return sum(parts, Counted())


def sample_of(counted: Counted, weights: Weights = EQUAL) -> Sample | None:
    """What statistics need of these answers: of whole ones where all elements weigh the same."""
    if weights.own is None:
        return counted.whole.moments
    shares = weights.shares([tally.n > 0 for tally in counted.tallies])
    return weighted_moments(counted.tallies, shares)


def figure_of(counted: Counted, rules: RuleSet, weights: Weights = EQUAL) -> Figure:
    """The index of what was counted, classified by a rule set."""
    exact = weights.index(counted.tallies)
    if exact is None:
        return Figure(counted.n, None, None, None)
    return Figure(counted.n, exact, ikm.published(exact), rules.classify(exact))


def element_figures(counted: Counted, rules: RuleSet) -> dict[str, ElementFigure]:
    """Each element by its code, in the fixed order."""
    return {
        code: _element(tally, rules) for code, tally in zip(CODES, counted.tallies, strict=True)
    }


def element_indexes(counted: Counted) -> dict[str, str | None]:
    """Only the published index of each element, by its code."""
    return {
        code: None if (index := ikm.element_index(tally)) is None else ikm.published(index)
        for code, tally in zip(CODES, counted.tallies, strict=True)
    }


def _element(tally: Tally, rules: RuleSet) -> ElementFigure:
    nrr, index = tally.nrr, ikm.element_index(tally)
    if nrr is None or index is None:
        return ElementFigure(tally, None, None, None)
    return ElementFigure(
        tally, ikm.published(nrr, ikm.NRR_DECIMALS), ikm.published(index), rules.classify(index)
    )
