"""Units in the order of their index, and how much of that order is more than chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain import ikm
from services.scoring.domain.figure import pooled
from services.scoring.domain.period import Grain, Period
from services.scoring.domain.publication.sums import at_place
from services.scoring.domain.scope import Kind, Scope
from services.scoring.domain.statistics.moments import Sample
from services.scoring.domain.statistics.ranking import Place, overall, ranking_of
from services.scoring.domain.statistics.sample import FEWEST_TO_JUDGE
from services.scoring.store import figures, index, publication, questionnaires, registry
from services.scoring.usecases.figure_body import (
    NO_RECEIPT,
    Bounds,
    FigureBody,
    figure_body,
    said_by,
)
from services.scoring.usecases.index import index_of
from services.scoring.usecases.index_answer import Question, View
from services.scoring.usecases.judgement import OPEN_WORDS, Wording, p_text
from services.scoring.usecases.standing import Standing, live_standing, published_standing
from shared.tasks import Desk

# Each is compared with each other: 0.4 s of computing for so many, 0.9 s for 200.
MOST_UNITS = 150
RANKINGS_KEPT = 64
WITHIN: Mapping[Kind, frozenset[Kind]] = {
    Kind.AGENCY: frozenset({Kind.CITY}),
    Kind.PLACE: frozenset({Kind.CITY}),
    Kind.SERVICE: frozenset({Kind.CITY, Kind.AGENCY, Kind.PLACE}),
}
_GROUPS = Wording(
    "Unit dalam satu kelompok tidak berbeda nyata dengan tetangganya; "
    "peringkat hanya pasti di antara rank_best dan rank_worst",
    "Units of a group do not really differ from their neighbours; "
    "a rank is only sure to lie between rank_best and rank_worst",
)


class TooManyUnits(ValueError):
    """More units can be ranked than are compared in a second."""


class RankedUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit. Below ten answers, and while a public period is open, it has no rank.

    With 95 % confidence its rank lies between `rank_best` and `rank_worst`. `group` counts up where
    neighbours really differ (5 %, corrected for many comparisons by Holm's method).
    """

    code: str
    name: str
    figure: str | None
    n: int | None
    index: str | None
    letter: str | None = msgspec.field(name="class")
    interval: Bounds | None
    rank: int | None
    rank_best: int | None
    rank_worst: int | None
    group: int | None
    differs_from_next: bool | None
    p_to_next: str | None


class PooledIndex(msgspec.Struct, frozen=True, kw_only=True):
    """The index of all respondents of `within`, as `/v1/index` has it."""

    figure: str | None
    n: int | None
    index: str | None


class MeanOfUnits(msgspec.Struct, frozen=True, kw_only=True):
    """The mean of the indices of the units that are ranked, whatever their size."""

    units: int
    index: str | None


class RankingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The units, best first, then those without a rank by code. All series, exact weights.

    Ranks compare the answers to all nine elements. `pooled` and `mean_of_units` are two different
    figures: never show one without saying which. `example`: made up to show Rancak, not official.
    """

    unit: str
    within: str
    name: str | None
    period: str
    closed: bool
    view: View
    items: list[RankedUnit]
    pooled: PooledIndex
    mean_of_units: MeanOfUnits
    words: Wording
    as_of: str
    example: bool


@dataclass(frozen=True, slots=True)
class RankingQuestion:
    """Which units of `WITHIN[unit]` are ranked."""

    unit: Kind
    within: Scope
    period: Period
    view: View = "public"


@dataclass(frozen=True, slots=True)
class Field:
    """All that a ranking is made of: units by code with their names, and their whole."""

    question: RankingQuestion
    names: Mapping[str, str]
    standings: Mapping[str, Standing]
    name: str | None
    pooled: PooledIndex
    closed: bool
    example: bool


class Rankings:
    """Ranks beside the event loop and keeps the last rankings."""

    def __init__(self) -> None:
        self._desk: Desk[tuple[Place, ...]] = Desk(RANKINGS_KEPT)

    async def of(self, units: Mapping[str, Sample]) -> tuple[Place, ...]:
        """The ranking of these units. Raises TooManyUnits."""
        if sum(each.n >= FEWEST_TO_JUDGE for each in units.values()) > MOST_UNITS:
            raise TooManyUnits(len(units))
        key = tuple(sorted(units.items(), key=lambda unit: unit[0]))
        return await self._desk.once(key, lambda: ranking_of(units))


async def gather(connection: AsyncConnection, question: RankingQuestion, *, now: datetime) -> Field:
    """Everything from the database, so that nobody computes with a connection in his hand.

    The caller opens one snapshot. Raises UnknownScope for `within`.
    """
    whole = await index_of(
        connection, Question(question.within, question.period, view=question.view), now=now
    )
    if question.view == "public":
        names, standings = await _public(connection, question)
    else:
        names, standings = await _live(connection, question, closed=whole.closed)
    pooled_index = PooledIndex(figure=whole.figure, n=whole.n, index=whole.index)
    return Field(question, names, standings, whole.name, pooled_index, whole.closed, whole.example)


async def ranking(found: Field, rankings: Rankings, *, now: datetime) -> RankingAnswer:
    """The answer. Raises TooManyUnits."""
    question = found.question
    judged = {code: standing.judged for code, standing in found.standings.items()}
    places = await rankings.of(judged)
    mean = overall(judged)
    items = [_ranked(place, found) for place in places]
    is_open = question.view == "public" and not found.closed
    return RankingAnswer(
        unit=str(question.unit),
        within=str(question.within),
        name=found.name,
        period=str(question.period),
        closed=found.closed,
        view=question.view,
        items=_by_shown_index(items) if is_open else items,
        pooled=found.pooled,
        mean_of_units=MeanOfUnits(
            units=mean.units,
            index=None if mean.mean_of_units is None else ikm.published(mean.mean_of_units),
        ),
        words=Wording(*OPEN_WORDS) if is_open else _GROUPS,
        as_of=now.isoformat(timespec="seconds"),
        example=found.example,
    )


async def _public(
    connection: AsyncConnection, question: RankingQuestion
) -> tuple[Mapping[str, str], Mapping[str, Standing]]:
    unit, within, period = question.unit, question.within, question.period
    units = {each.code: each.name for each in await registry.units(connection, unit, within)}
    if period.grain is Grain.DAY:
        return units, {}
    at_one_place = within.kind is Kind.PLACE
    scopes = {
        code: at_place(within.code, code) if at_one_place else str(Scope(unit, code))
        for code in units
    }
    sums = await publication.sums_of(connection, scopes.values(), period)
    newest = await figures.newest(connection, scopes.values(), str(period))
    closed = await publication.is_closed(connection, period)
    published = await questionnaires.read(connection)
    standings = {}
    for code, scope in scopes.items():
        by_series = sums.get(scope, {})
        body: FigureBody | None = said_by(newest.get(scope))
        if at_one_place and by_series:  # sums, but no figures of their own
            body = figure_body(
                scope,
                units[code],
                period,
                by_series,
                NO_RECEIPT,
                closed=closed,
                weights=published.weights_of(scope, period.last),
            )
        if body is not None or not at_one_place:
            standings[code] = published_standing(body, pooled(by_series.values()), closed=closed)
    return units, standings


async def _live(
    connection: AsyncConnection, question: RankingQuestion, *, closed: bool
) -> tuple[Mapping[str, str], Mapping[str, Standing]]:
    units = await index.units(connection, question.unit, question.period, question.within)
    published = await questionnaires.read(connection)
    standings = {}
    for unit in units:
        weights = published.weights_of(f"{question.unit}:{unit.code}", question.period.last)
        standings[unit.code] = live_standing(unit.counted, question.period, weights, closed=closed)
    return {unit.code: unit.name for unit in units}, standings


def _by_shown_index(items: Sequence[RankedUnit]) -> list[RankedUnit]:
    """The order that anybody sees in coarse figures, and no more of it."""
    return sorted(items, key=lambda each: (-Fraction(each.index or 0), each.code))


def _ranked(place: Place, found: Field) -> RankedUnit:
    standing = found.standings[place.code]
    return RankedUnit(
        code=place.code,
        name=found.names[place.code],
        figure=standing.figure,
        n=standing.n,
        index=standing.index,
        letter=standing.letter,
        interval=standing.interval,
        rank=place.rank,
        rank_best=place.best,
        rank_worst=place.worst,
        group=place.group,
        differs_from_next=place.differs_from_next,
        p_to_next=p_text(place.p_to_next),
    )
