"""Look at a city, agency, service or place: its index and the units below it, of one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.scoring.domain import period as periods
from services.scoring.domain import stretch
from services.scoring.domain.period import Period
from services.scoring.domain.publication.label import Span
from services.scoring.domain.scope import CITY, Kind, Scope
from services.scoring.store import browse as store
from services.scoring.store import publication
from services.scoring.usecases.index import index_of
from services.scoring.usecases.index_answer import IndexAnswer, Question
from services.scoring.usecases.public import UnitAnswer, overview
from services.scoring.usecases.trend import TrendAnswer, TrendQuestion, trend_of

# Two years, and one more to see the same season again.
QUARTERS = 9

_BELOW = {
    Kind.CITY: (Kind.PLACE, Kind.AGENCY),
    Kind.AGENCY: (Kind.SERVICE,),
    Kind.PLACE: (Kind.SERVICE,),
    Kind.SERVICE: (),
}


@dataclass(frozen=True, slots=True)
class Sight:
    """What a page shows. `years` are those that have answers, newest first; a city has no trend."""

    scope: Scope
    period: Period
    years: Sequence[int]
    figure: IndexAnswer
    below: Mapping[Kind, Sequence[UnitAnswer]]
    agency_name: str | None
    trend: TrendAnswer | None

    @property
    def shows_examples(self) -> bool:
        """Whether anything on the page is made up to show Rancak."""
        below = [unit for units in self.below.values() for unit in units]
        return self.figure.example or any(unit.example for unit in below)


async def look_at(
    engine: AsyncEngine, scope: Scope, period: Period | None, *, now: datetime
) -> Sight:
    """Without a period the newest year that has answers. Raises UnknownScope."""
    async with engine.connect() as connection:
        # One snapshot for all statements: the figures of a page agree with each other.
        await connection.execution_options(isolation_level="REPEATABLE READ")
        years = await store.years_with_answers(connection)
        chosen = period or periods.parse(f"{max(years, default=now.year):04d}")
        figure = await index_of(connection, Question(scope, chosen), now=now)
        below = {
            kind: await overview(connection, kind, chosen, scope) for kind in _BELOW[scope.kind]
        }
        agency = scope.agency
        name = await store.agency_name(connection, agency) if agency else None
        trend = await _closed_quarters(connection, scope, chosen, now=now)
    return Sight(scope, chosen, years, figure, below, name, trend)


async def _closed_quarters(
    connection: AsyncConnection, scope: Scope, period: Period, *, now: datetime
) -> TrendAnswer | None:
    """The trend of a unit up to the end of a period, or to the last closed quarter."""
    if scope == CITY:
        return None
    until = min(period.last, (await publication.stand(connection)).closed_through)
    quarters = stretch.upto(stretch.holding(until, Span.QUARTER), Span.QUARTER, QUARTERS)
    closed = [each for each in quarters if each.last <= until]
    if not closed:
        return None
    question = TrendQuestion(scope, closed, "quarter", leading=False)
    return await trend_of(connection, question, now=now)
