"""The shape of an answer about an index, for everybody and for an agency's own key."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from services.scoring.domain.elements import SERIES
from services.scoring.domain.ikm import WeightMethod
from services.scoring.domain.period import Period
from services.scoring.domain.scope import Scope
from services.scoring.domain.statistics.sample import minimum_sample
from services.scoring.usecases.external import ExternalAnswer
from services.scoring.usecases.figure_body import Bounds, VerifiedBody
from shared.contracts.registry import Wording

View = Literal["public", "live"]
ALL_SERIES = "all"


class UnknownScope(LookupError):
    """Nobody registered such an agency, service or place, and nothing was counted for it."""


class ElementAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One element: its answers, how often each score 1-4 was given, its mean (NRR) and index.

    What the publication gate does not let out is null.
    """

    n: int | None
    sum: int | None
    counts: tuple[int, int, int, int] | None
    nrr: str | None
    index: str | None
    letter: str | None = msgspec.field(name="class")


class ExtraAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One of an agency's own elements, outside the index: its answers, counts, and mean (NRR).

    `counts` is null where a cell would hold fewer than five.
    """

    name: Wording | None
    n: int
    sum: int
    counts: tuple[int, int, int, int] | None
    nrr: str | None
    index: str | None


class Importance(msgspec.Struct, frozen=True, kw_only=True):
    """How much an element matters (its correlation with the rest of the answers), and what to do.

    `quadrant`: `concentrate-here`, `keep-up`, `low-priority` or `possible-overkill`.
    """

    importance: str | None
    quadrant: str | None


class IndexAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The index of a scope and period. Without answers `n` is 0 and `index` null, never 0.

    Public values move in steps of ten answers; while the period is open `n` is shown in steps of 5
    and the index without its last decimals. `figure` is the receipt of a public value. `exact` is
    the fraction before rounding. There is no class below ten answers; `perhaps` are the other
    classes that the 95 % interval touches. `watermark` says which events are counted. Where the
    number of users of the period (`population`) is told, the interval is that of so many, and
    `minimum` is how many answers they ask for (Krejcie and Morgan); below it, or below 384 where no
    number is told, the index is `provisional`. `external`
    are surveys outside Rancak, as their agency reports them; they are part of no number here.

    `questionnaire` is the version whose `weights` (fractions, by element) make the index: of one
    agency's answers its own in force on the period's last day, else `nasional.1`. Of elements that
    nobody answered the weight goes to the others in proportion. `interval_method`: `t-logit` from
    the spread of the totals, or where weights differ from its upper bound.
    `extra`: by questionnaire and code, an agency's own elements; only with `view=live`.
    `example`: made up to show Rancak, not official.
    """

    scope: str
    name: str | None
    period: str
    series: str
    view: View
    closed: bool
    figure: str | None
    n: int | None
    index: str | None
    exact: str | None
    letter: str | None = msgspec.field(name="class")
    perhaps: list[str]
    interval: Bounds | None
    interval_method: str
    provisional: bool
    population: int | None
    minimum: int | None
    without_cost: str | None
    rule_set: str
    weight_method: str
    questionnaire: str
    weights: dict[str, str]
    elements: dict[str, ElementAnswer]
    extra: dict[str, dict[str, ExtraAnswer]]
    importance: dict[str, Importance]
    weakest: list[str]
    strongest: list[str]
    by_series: dict[str, int]
    verified: VerifiedBody
    as_of: str
    watermark: dict[str, int]
    external: Sequence[ExternalAnswer]
    example: bool


@dataclass(frozen=True, slots=True)
class Question:
    """Which index is asked for, by default the headline: all series, exact weights."""

    scope: Scope
    period: Period
    series: Sequence[str] = SERIES
    method: WeightMethod = WeightMethod.EXACT
    view: View = "public"
    population: int | None = None

    @property
    def minimum(self) -> int | None:
        """How many answers the population asks for."""
        return None if self.population is None else minimum_sample(self.population)


def series_text(series: Sequence[str]) -> str:
    """How an answer names the series that it holds."""
    return ALL_SERIES if set(series) == set(SERIES) else ",".join(series)
