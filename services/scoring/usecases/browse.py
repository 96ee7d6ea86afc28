"""Look at a city, agency, service or place: its index and the units below it, of one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.domain import period as periods
from services.scoring.domain.period import Period
from services.scoring.domain.scope import Kind, Scope
from services.scoring.store import browse as store
from services.scoring.usecases.index_answer import IndexAnswer, Question
from services.scoring.usecases.public import UnitAnswer, overview, public_index

_BELOW = {
    Kind.CITY: (Kind.PLACE, Kind.AGENCY),
    Kind.AGENCY: (Kind.SERVICE,),
    Kind.PLACE: (Kind.SERVICE,),
    Kind.SERVICE: (),
}


@dataclass(frozen=True, slots=True)
class Sight:
    """What a page shows. `years` are those that have answers, newest first."""

    scope: Scope
    period: Period
    years: Sequence[int]
    figure: IndexAnswer
    below: Mapping[Kind, Sequence[UnitAnswer]]
    agency_name: str | None


async def look_at(
    engine: AsyncEngine, scope: Scope, period: Period | None, *, now: datetime
) -> Sight:
    """Without a period the newest year that has answers. Raises UnknownScope."""
    async with engine.connect() as connection:
        # One snapshot for all statements: the figures of a page agree with each other.
        await connection.execution_options(isolation_level="REPEATABLE READ")
        years = await store.years_with_answers(connection)
        chosen = period or periods.parse(f"{max(years, default=now.year):04d}")
        figure = await public_index(connection, Question(scope, chosen), now=now)
        below = {
            kind: await overview(connection, kind, chosen, scope) for kind in _BELOW[scope.kind]
        }
        agency = scope.agency
        name = await store.agency_name(connection, agency) if agency else None
    return Sight(scope, chosen, years, figure, below, name)
