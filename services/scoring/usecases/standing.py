"""One figure among others, of a period or of a unit, with what statistics may use of it."""

from dataclasses import dataclass

from services.scoring.domain import ikm
from services.scoring.domain.figure import Counted, figure_of
from services.scoring.domain.ikm import RuleSet, WeightMethod
from services.scoring.domain.period import Period
from services.scoring.domain.publication.shown import shown_moments
from services.scoring.domain.statistics.interval import Interval, interval_of
from services.scoring.domain.statistics.letter import Letter, letter_of
from services.scoring.domain.statistics.moments import Moments
from services.scoring.usecases.figure_body import Bounds, FigureBody, bounds_of


@dataclass(frozen=True, slots=True)
class Standing:
    """`n` None: too few to be shown. Without `moments` nothing can be judged, or nothing may be."""

    n: int | None
    index: str | None
    letter: str | None
    interval: Bounds | None
    closed: bool
    figure: str | None = None
    moments: Moments | None = None

    @property
    def judged(self) -> Moments:
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
        shown_moments(counted, closed=body.closed),
    )


def live_standing(counted: Counted, period: Period, *, closed: bool) -> Standing:
    """What an agency sees of its own answers as they stand now."""
    rules = ikm.rules_on(period.last)
    figure = figure_of(counted, rules)
    interval, letter = doubt_of(counted, rules)
    return Standing(
        counted.n,
        figure.index,
        ikm.letter_of(letter.band),
        bounds_of(interval),
        closed,
        moments=counted.whole.moments,
    )


def doubt_of(
    counted: Counted,
    rules: RuleSet,
    method: WeightMethod = WeightMethod.EXACT,
    population: int | None = None,
) -> tuple[Interval | None, Letter]:
    """How sure the index of these answers is: its 95 % interval, its letter with the doubt."""
    moments = counted.whole.moments
    interval = interval_of(moments, population, method) if moments else None
    return interval, letter_of(counted.n, ikm.index_of(counted.tallies, method), interval, rules)
