"""The content of a survey report (laporan SKM): facts, without a language and without a layout.

What follows from the element rows (index, class, weakest three) is computed here and nowhere else,
so that no two pages of a report can disagree.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from services.scoring.domain import ikm
from services.scoring.domain.ikm import Band, RuleSet, WeightMethod
from services.scoring.domain.period import Period
from services.scoring.domain.report_rows import ElementRow, ExtraRow, ReportContradicts, Words
from services.scoring.domain.scope import Scope
from services.scoring.domain.weights import NATIONAL

MOST_NAMED = 3
PUBLIC_LEAST_CELL = 10
QUARTERS = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class Cell:
    """Respondents with one value of an attribute; None is withheld. A service brings its name."""

    code: str
    count: int | None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """One thing that respondents said of themselves: `sex`, `age_band`, `education`, …"""

    code: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit or service below the scope, as published."""

    name: str
    n: int | None
    index: str | None
    letter: str | None


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The published index of a period."""

    period: Period
    n: int | None
    index: str | None
    letter: str | None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One line of the follow-up plan: what is done for an element, in which quarters, by whom."""

    element: str
    programme: str = ""
    quarters: tuple[int, ...] = ()
    owner: str = ""


@dataclass(frozen=True, slots=True)
class PastFollowUp:
    """What became of a line of the previous plan, with the element's index then and now."""

    element: str
    programme: str
    owner: str
    outcome: str
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Method:
    """How the survey was done, in the agency's words; None takes the standard text."""

    who: str | None = None
    how: str | None = None
    where: str | None = None
    when: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where anyone can check the figure."""

    id: str
    hash: str
    url: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the form with its four answers, 1 → 4."""

    element: str
    text: Words
    answers: tuple[Words, Words, Words, Words]


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signs, where; the name may be left for the pen."""

    place: str
    office: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything a report says. `answers` only in an agency's own: nine scores, no person.

    `answers` follow the order of `elements`; None is an element that a respondent left out.
    """

    scope: Scope
    name: str
    period: Period
    made_on: date
    n: int
    elements: tuple[ElementRow, ...]
    rules: RuleSet
    weight_method: WeightMethod
    title: str | None = None
    agency: str | None = None
    city: str | None = None
    services: tuple[str, ...] = ()
    background: tuple[str, ...] = ()
    legal_basis: tuple[str, ...] = ()
    method: Method = Method()
    population: int | None = None
    minimum: int | None = None
    series: tuple[Cell, ...] = ()
    respondents: tuple[Attribute, ...] = ()
    least_cell: int = PUBLIC_LEAST_CELL
    doubt: Words | None = None
    interval: tuple[str, str] | None = None
    units: tuple[UnitRow, ...] = ()
    trend: tuple[TrendPoint, ...] = ()
    follow_up: tuple[FollowUp, ...] = ()
    forum_on: date | None = None
    previous_follow_up: tuple[PastFollowUp, ...] = ()
    questionnaire: tuple[Asked, ...] = ()
    answers: tuple[tuple[int | None, ...], ...] | None = None
    receipt: Receipt | None = None
    signatory: Signatory | None = None
    is_provisional: bool = False
    is_simulated: bool = False
    is_live: bool = False
    questionnaire_version: str = NATIONAL
    extra: tuple[ExtraRow, ...] = ()

    def __post_init__(self) -> None:
        if self.answers is not None:
            _agree(self.answers, self.elements)

    @property
    def answered(self) -> tuple[ElementRow, ...]:
        """The elements that have answers."""
        return tuple(row for row in self.elements if row.n)

    @property
    def exact(self) -> Fraction | None:
        """IKM = Σ NRR × weight × 25 before rounding, or None without answers."""
        if not self.answered:
            return None
        return sum((row.weighted for row in self.answered), Fraction(0)) * ikm.SCALE_TO_INDEX

    @property
    def index(self) -> str | None:
        """The index as it is published."""
        return None if self.exact is None else ikm.published(self.exact)

    @property
    def band(self) -> Band | None:
        """The class of the index."""
        return None if self.exact is None else self.rules.classify(self.exact)

    def band_of(self, row: ElementRow) -> Band | None:
        """The class of one element."""
        return None if row.exact is None else self.rules.classify(row.exact)

    @property
    def ranked(self) -> tuple[ElementRow, ...]:
        """The answered elements, lowest mean first; equal ones in the regulation's order."""
        return tuple(sorted(self.answered, key=lambda row: row.nrr or 0))

    @property
    def weakest(self) -> tuple[ElementRow, ...]:
        """The lowest elements, at most three, lowest first."""
        return self.ranked[: self._named]

    @property
    def strongest(self) -> tuple[ElementRow, ...]:
        """The highest elements, at most three, highest first; none is also among the weakest."""
        return self.ranked[: -self._named - 1 : -1]

    @property
    def without_cost(self) -> Fraction | None:
        """The index without `cost`, the other weights kept in proportion: a diagnostic."""
        rest = [row for row in self.answered if row.code != "cost"]
        weights = sum((row.weight for row in rest), Fraction(0))
        if len(rest) == len(self.answered) or not weights:
            return None
        weighted = sum((row.weighted for row in rest), Fraction(0))
        return weighted / weights * ikm.SCALE_TO_INDEX

    @property
    def is_sample_met(self) -> bool | None:
        """Whether as many answered as the minimum asks, or None where no minimum is known."""
        return None if self.minimum is None else self.n >= self.minimum

    @property
    def history(self) -> tuple[TrendPoint, ...]:
        """The trend by time, always with this report's own figure in it."""
        own = TrendPoint(self.period, self.n, self.index, self.band.letter if self.band else None)
        others = [point for point in self.trend if point.period != self.period]
        return tuple(sorted([*others, own], key=lambda point: point.period.first))

    @property
    def earlier(self) -> TrendPoint | None:
        """The last period before this one that has an index."""
        before = [
            point
            for point in self.history
            if point.period.last < self.period.first and point.index is not None
        ]
        return before[-1] if before else None

    @property
    def change(self) -> Fraction | None:
        """The points between the published index of the period before and this one."""
        if self.index is None or self.earlier is None or self.earlier.index is None:
            return None
        return Fraction(self.index) - Fraction(self.earlier.index)

    @property
    def plan(self) -> tuple[FollowUp, ...]:
        """The follow-up plan; without one, blank lines for the weakest elements to be filled in."""
        return self.follow_up or tuple(FollowUp(row.code) for row in self.weakest)

    @property
    def _named(self) -> int:
        return min(MOST_NAMED, max(1, len(self.answered) // 2)) if self.answered else 0


def _agree(answers: tuple[tuple[int | None, ...], ...], elements: tuple[ElementRow, ...]) -> None:
    if any(len(row) != len(elements) for row in answers):
        raise ReportContradicts("a row of the data sheet has another number of elements")
    for place, element in enumerate(elements):
        given = [score for row in answers if (score := row[place]) is not None]
        if (len(given), sum(given)) != (element.n, element.total):
            raise ReportContradicts(f"{element.code}: the data sheet makes another sum")
