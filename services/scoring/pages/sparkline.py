"""The small picture of a trend: where its points and lines lie, and the same as text."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.scoring.domain import period as periods
from services.scoring.pages.wording import period_name
from services.scoring.usecases.trend import PeriodPoint, TrendAnswer
from shared.web.language import Language

WIDTH, HEIGHT, EDGE = 240, 60, 6
FEWEST_POINTS = 2
# A picture may not make a mountain of half a point.
SMALLEST_SPAN = 10.0


@dataclass(frozen=True, slots=True)
class Sparkline:
    """`lines` are broken where a period has no figure; `rows` are the points in words."""

    lines: Sequence[str]
    dots: Sequence[tuple[str, str]]
    rows: Sequence[tuple[str, PeriodPoint]]
    last_step: tuple[str, str] | None


def sparkline(trend: TrendAnswer, language: Language) -> Sparkline | None:
    """The picture of a trend, or None if it has less than two points to show."""
    values = [None if each.index is None else float(each.index) for each in trend.periods]
    if sum(value is not None for value in values) < FEWEST_POINTS:
        return None
    step, named = trend.last_step, _Names(language)
    places = _places(values)
    return Sparkline(
        [" ".join(map(",".join, run)) for run in _runs(places) if len(run) > 1],
        [place for place in places if place is not None],
        [(named.of(each.period), each) for each in trend.periods if each.index is not None],
        None if step is None else (named.of(step.before), named.of(step.after)),
    )


def scale(values: Sequence[float | None]) -> tuple[float, float]:
    """The lowest value that is drawn, and how much lies above it."""
    known = [value for value in values if value is not None]
    if not known:
        return 0.0, SMALLEST_SPAN
    span = max(max(known) - min(known), SMALLEST_SPAN)
    return (max(known) + min(known) - span) / 2, span


@dataclass(frozen=True, slots=True)
class _Names:
    language: Language

    def of(self, period: str) -> str:
        return period_name(periods.parse(period), self.language)


def _places(values: Sequence[float | None]) -> list[tuple[str, str] | None]:
    """Left to right, a high index high up."""
    low, span = scale(values)
    step = (WIDTH - 2 * EDGE) / max(1, len(values) - 1)
    room = HEIGHT - 2 * EDGE
    return [
        None
        if value is None
        else (f"{EDGE + at * step:.1f}", f"{HEIGHT - EDGE - (value - low) / span * room:.1f}")
        for at, value in enumerate(values)
    ]


def _runs(places: Sequence[tuple[str, str] | None]) -> list[list[tuple[str, str]]]:
    runs: list[list[tuple[str, str]]] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(place)
    return runs
