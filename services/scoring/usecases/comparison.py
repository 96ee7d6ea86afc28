"""Two figures compared: one scope in two periods, or two scopes."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.figure import Counted
from services.scoring.domain.period import Grain, Period
from services.scoring.domain.scope import Scope, may_share_answers
from services.scoring.domain.statistics.comparison import compare
from services.scoring.store import figures, publication, questionnaires, stretch
from services.scoring.usecases.figure_body import Bounds, said_by
from services.scoring.usecases.index_answer import View
from services.scoring.usecases.judgement import NOT_CLOSED, Change, change
from services.scoring.usecases.registered import registered
from services.scoring.usecases.standing import Standing, live_standing, published_standing


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two figures."""

    scope: str
    name: str | None
    period: str
    closed: bool
    figure: str | None
    n: int | None
    index: str | None
    letter: str | None = msgspec.field(name="class")
    interval: Bounds | None


class ComparisonAnswer(Change, frozen=True, kw_only=True):
    """The second figure's index less the first's."""

    view: View
    first: Side
    second: Side
    as_of: str


@dataclass(frozen=True, slots=True)
class Group:
    """Whose answers."""

    scope: Scope
    period: Period

    def may_overlap(self, other: "Group") -> bool:
        """Whether one answer could be in both."""
        apart = self.period.last < other.period.first or other.period.last < self.period.first
        return not apart and may_share_answers(self.scope, other.scope)


async def comparison_of(
    connection: AsyncConnection, first: Group, second: Group, *, view: View, now: datetime
) -> ComparisonAnswer:
    """Whether the second differs from the first. Raises UnknownScope, of the faulty one."""
    looked_at = [await _look(connection, group, view, now) for group in (first, second)]
    before, after = (standing for _, standing in looked_at)
    if view == "public" and not (before.closed and after.closed):
        said = NOT_CLOSED
    else:
        of_units = first.scope != second.scope
        said = change(compare(before.judged, after.judged), of_units=of_units)
    one, two = (
        _side(group, name, standing)
        for group, (name, standing) in zip((first, second), looked_at, strict=True)
    )
    return ComparisonAnswer(
        view=view,
        first=one,
        second=two,
        as_of=now.isoformat(timespec="seconds"),
        **msgspec.structs.asdict(said),
    )


async def _look(
    connection: AsyncConnection, group: Group, view: View, now: datetime
) -> tuple[str | None, Standing]:
    look = _look_at_public if view == "public" else _look_at_live
    standing = await look(connection, group, now)
    called = await registered(connection, group.scope, is_used=bool(standing.n))
    return called.name, standing


async def _look_at_public(connection: AsyncConnection, group: Group, _: datetime) -> Standing:
    period, counted = str(group.period), Counted()
    if group.period.grain is not Grain.DAY:
        sums = await stretch.public(connection, group.scope, [group.period])
        counted = sums.get(period, counted)
    newest = await figures.newest_of(connection, str(group.scope), [period])
    closed = await publication.is_closed(connection, group.period)
    body = said_by(newest.get(period))
    return published_standing(body, counted, closed=closed)


async def _look_at_live(connection: AsyncConnection, group: Group, now: datetime) -> Standing:
    sums = await stretch.live(connection, group.scope, [group.period])
    published = await questionnaires.read_for(connection, str(group.scope))
    weights = published.weights_of(str(group.scope), group.period.last)
    counted, closed = sums.get(str(group.period), Counted()), group.period.last < now.date()
    return live_standing(counted, group.period, weights, closed=closed)


def _side(group: Group, name: str | None, standing: Standing) -> Side:
    return Side(
        scope=str(group.scope),
        name=name,
        period=str(group.period),
        closed=standing.closed,
        figure=standing.figure,
        n=standing.n,
        index=standing.index,
        letter=standing.letter,
        interval=standing.interval,
    )
