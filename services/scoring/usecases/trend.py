"""How the index of a scope moves from period to period, and whether that is more than chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.figure import Counted
from services.scoring.domain.period import Period
from services.scoring.domain.scope import Scope
from services.scoring.domain.statistics import trend as statistics
from services.scoring.domain.statistics.comparison import VERDICT_WORDS
from services.scoring.domain.statistics.sample import FEWEST_TO_JUDGE
from services.scoring.store import figures, publication, questionnaires, stretch
from services.scoring.store.registry import Called
from services.scoring.usecases.figure_body import Bounds, said_by
from services.scoring.usecases.index_answer import View
from services.scoring.usecases.judgement import Change, Wording, bounds, change, p_text, signed
from services.scoring.usecases.registered import registered
from services.scoring.usecases.standing import Standing, live_standing, published_standing

# A slope is small: 0.04 points a month are half a point a year.
SLOPE_DECIMALS = 4


class PeriodPoint(msgspec.Struct, frozen=True, kw_only=True):
    """The index of one period. `n` null: nothing, or too little to be shown."""

    period: str
    closed: bool
    figure: str | None
    n: int | None
    index: str | None
    letter: str | None = msgspec.field(name="class")
    interval: Bounds | None


class Slope(msgspec.Struct, frozen=True, kw_only=True):
    """A straight line through the judged periods, in index points per period, tested at 5 %.

    `against`: whether the doubt comes from the `sampling` of answers or from the `scatter` of the
    periods around the line. At least three periods of ten answers, else `too-few`.
    """

    verdict: str
    words: Wording
    periods: int
    slope: str | None
    interval: Bounds | None
    p: str | None
    against: str | None


class LastStep(Change, frozen=True, kw_only=True):
    """The last two periods that can be judged: `to` less `from`."""

    before: str = msgspec.field(name="from")
    after: str = msgspec.field(name="to")


class TrendAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The periods, oldest first, and what may be said of their order.

    In public only closed periods are judged, by the same sums as their intervals; with `view=live`
    all are. All series, exact weights. `example`: made up to show Rancak, not official.
    """

    scope: str
    name: str | None
    grain: str
    view: View
    periods: list[PeriodPoint]
    trend: Slope
    last_step: LastStep | None
    as_of: str
    example: bool


@dataclass(frozen=True, slots=True)
class TrendQuestion:
    """`periods` are consecutive and of one length, which `grain` names; one at least.

    `leading`: whether empty periods before the first answer are part of the answer.
    """

    scope: Scope
    periods: Sequence[Period]
    grain: str
    view: View = "public"
    leading: bool = True


async def trend_of(
    connection: AsyncConnection, question: TrendQuestion, *, now: datetime
) -> TrendAnswer:
    """The trend that is asked for. Raises UnknownScope.

    The caller opens one snapshot, or periods and their receipts may not fit together.
    """
    if question.view == "public":
        standings = await _public(connection, question)
    else:
        standings = await _live(connection, question, now.date())
    is_used = any(each.n for each in standings.values())
    called = await registered(connection, question.scope, is_used=is_used)
    return _answer(question, called, standings, now)


async def _public(
    connection: AsyncConnection, question: TrendQuestion
) -> Mapping[Period, Standing]:
    sums = await stretch.public(connection, question.scope, question.periods)
    newest = await figures.newest_of(connection, str(question.scope), map(str, question.periods))
    closed_through = (await publication.stand(connection)).closed_through
    return {
        period: published_standing(
            said_by(newest.get(str(period))),
            sums.get(str(period), Counted()),
            closed=period.last <= closed_through,
        )
        for period in question.periods
    }


async def _live(
    connection: AsyncConnection, question: TrendQuestion, today: date
) -> Mapping[Period, Standing]:
    sums = await stretch.live(connection, question.scope, question.periods)
    published = await questionnaires.read_for(connection, str(question.scope))
    return {
        period: live_standing(
            sums.get(str(period), Counted()),
            period,
            published.weights_of(str(question.scope), period.last),
            closed=period.last < today,
        )
        for period in question.periods
    }


def _answer(
    question: TrendQuestion, called: Called, found: Mapping[Period, Standing], now: datetime
) -> TrendAnswer:
    periods = list(found)
    while not question.leading and len(periods) > 1 and not found[periods[0]].n:
        del periods[0]
    trend = statistics.trend_of([found[period].judged for period in periods])
    return TrendAnswer(
        scope=str(question.scope),
        name=called.name,
        grain=question.grain,
        view=question.view,
        periods=[_point(period, found[period]) for period in periods],
        trend=_slope(trend),
        last_step=_last_step(trend, periods, found),
        as_of=now.isoformat(timespec="seconds"),
        example=called.example,
    )


def _point(period: Period, standing: Standing) -> PeriodPoint:
    return PeriodPoint(
        period=str(period),
        closed=standing.closed,
        figure=standing.figure,
        n=standing.n,
        index=standing.index,
        letter=standing.letter,
        interval=standing.interval,
    )


def _slope(trend: statistics.Trend) -> Slope:
    return Slope(
        verdict=str(trend.verdict),
        words=Wording(*VERDICT_WORDS[trend.verdict]),
        periods=trend.periods,
        slope=None if trend.slope is None else signed(trend.slope, SLOPE_DECIMALS),
        interval=bounds(trend.low, trend.high, SLOPE_DECIMALS),
        p=p_text(trend.p),
        against=None if trend.against is None else str(trend.against),
    )


def _last_step(
    trend: statistics.Trend, periods: Sequence[Period], found: Mapping[Period, Standing]
) -> LastStep | None:
    if trend.last_step is None:
        return None
    judged = [each for each in periods if found[each].judged.n >= FEWEST_TO_JUDGE]
    before, after = judged[-2:]
    said = msgspec.structs.asdict(change(trend.last_step))
    return LastStep(before=str(before), after=str(after), **said)
