"""One figure among others, of a period or of a unit, with what statistics may use of it."""

from dataclasses import dataclass

from services.scoring.domain import ikm
from services.scoring.domain.figure import Counted, figure_of, sample_of
from services.scoring.domain.ikm import RuleSet
from services.scoring.domain.period import Period
from services.scoring.domain.publication.shown import shown_moments
from services.scoring.domain.statistics.interval import Interval, interval_of
from services.scoring.domain.statistics.letter import Letter, letter_of
from services.scoring.domain.statistics.moments import Moments, Sample
from services.scoring.domain.weights import EQUAL, Weights
from services.scoring.usecases.figure_body import Bounds, FigureBody, bounds_of, weights_of


@dataclass(frozen=True, slots=True)
class Standing:
    """`n` None: too few to be shown. Without `moments` nothing can be judged, or nothing may be."""

    n: int | None
    index: str | None
    letter: str | None
    interval: Bounds | None
    closed: bool
    figure: str | None = None
    moments: Sample | None = None

    @property
    def judged(self) -> Sample:
        """The answers that statistics use: none where they may not."""
        return self.moments or Moments()


def published_standing(body: FigureBody | None, counted: Counted, *, closed: bool) -> Standing:
    """What anybody may know: the newest figure, and the public sums that it was made of."""
    if body is None or body.n is None:
        return Standing(None, None, None, None, closed)
    return Standing(
        body.n,
        body.index,
        body.letter,
        body.interval,
        body.closed,
        body.id if body.number else None,
        shown_moments(counted, weights_of(body), closed=body.closed),
    )


def live_standing(counted: Counted, period: Period, weights: Weights, *, closed: bool) -> Standing:
    """What an agency sees of its own answers as they stand now."""
    rules = ikm.rules_on(period.last)
    figure = figure_of(counted, rules, weights)
    interval, letter = doubt_of(counted, rules, weights)
    return Standing(
        counted.n,
        figure.index,
        ikm.letter_of(letter.band),
        bounds_of(interval),
        closed,
        moments=sample_of(counted, weights),
    )


def doubt_of(
    counted: Counted,
    rules: RuleSet,
    weights: Weights = EQUAL,
    population: int | None = None,
) -> tuple[Interval | None, Letter]:
    """How sure the index of these answers is: its 95 % interval, its letter with the doubt."""
    moments = sample_of(counted, weights)
    interval = interval_of(moments, population, weights.method) if moments else None
    return interval, letter_of(counted.n, weights.index(counted.tallies), interval, rules)
