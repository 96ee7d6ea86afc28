"""Publish: give out batches as the gate allows, and make the figures that they move.

Everything of a round is one transaction: batches, sums, figures, and the events that tell of them.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain import period as periods
from services.scoring.domain import stretch
from services.scoring.domain.period import Period
from services.scoring.domain.publication.label import Label
from services.scoring.domain.publication.plan import Batch, plan
from services.scoring.domain.publication.release import ANSWERS, Answers, Counters
from services.scoring.domain.publication.sums import (
    may_come_back,
    scopes_of,
    sums_of,
    taken_back,
    with_safe_moments,
)
from services.scoring.domain.receipt import chained, grew
from services.scoring.store import batches as batch_store
from services.scoring.store import figures as figure_store
from services.scoring.store import publication as store
from services.scoring.store import registry
from services.scoring.store.figures import Figure
from services.scoring.store.index import watermark_of
from services.scoring.usecases.figure_body import (
    FigureBody,
    Moment,
    figure_body,
    is_same,
    said_by,
)
from shared.contracts import figures as contract
from shared.contracts.cloudevent import new_event
from shared.log import append

SOURCE = "/scoring"
QUIET = timedelta(seconds=10)
PATIENCE = timedelta(minutes=10)
# What comes in the night after a month's end still belongs to its open figures.
GRACE = timedelta(hours=6)
NOTHING_CLOSED = date(1, 1, 31)
_WHOLE = store.COLUMNS.index("whole")
_MOMENTS = ANSWERS.over_elements | {_WHOLE}
_RULE = Answers(over_elements=_MOMENTS)
_ANSWERS = frozenset(range(len(store.COLUMNS))) - _MOMENTS

Touched = set[tuple[str, str]]


async def publish(connection: AsyncConnection, *, now: datetime) -> int:
    """One round; answers how many figures it made. `now` in the zone of the city."""
    stand = await store.stand(connection, hold=True)
    before = stand.closed_through
    through = max(before, last_closed_day(now))
    batches = await _plan(connection, await store.take_fresh(connection, now), NOTHING_CLOSED)
    last = await store.give_out(connection, batches, sums_of(batches), now, after=stand.batches)
    years = set(await store.quiet_years(connection, quiet=now - QUIET, patient=now - PATIENCE))
    closing = await _closing_years(connection, before, through)
    for year in sorted(years | closing):
        rest = await _plan(connection, await store.services_of(connection, year), through)
        last = await store.give_out(connection, rest, sums_of(rest), now, after=last)
        await store.settle(connection, year)
        batches += rest
    touched = _touched(batches)
    closed = [each for year in sorted(closing) for each in _closed_periods(year, before, through)]
    for period in closed:
        touched |= {(scope, str(period)) for scope in await store.scopes_in(connection, period)}
    if through != before:
        await store.close(connection, through)
    made = await _make(
        connection, touched, replace(stand, closed_through=through, batches=last), now
    )
    await _tell(connection, made, closed, now)
    return len(made)


async def _plan(
    connection: AsyncConnection, asked: Sequence[tuple[str, int]], through: date
) -> list[Batch]:
    if not asked:
        return []
    pending = await store.pending(connection, asked)
    if not pending:
        return []
    gone, waiting = await _vanishing(connection, pending)
    free = {label: each for label, each in pending.items() if label not in waiting}
    planned = plan(free, through, rule=_RULE)
    return gone + [with_safe_moments(batch, _MOMENTS, _WHOLE) for batch in planned.batches]


async def _vanishing(
    connection: AsyncConnection, pending: Mapping[Label, Counters]
) -> tuple[list[Batch], set[Label]]:
    """Leaves of which a correction left nothing, or had left nothing: not many, as a rule none.

    The batches that vanish as they came, whole; and which leaves are not planned now.
    """
    shrunk = [label for label, counters in pending.items() if counters[0] < 0]
    left = await store.counted_of(connection, shrunk) if shrunk else {}
    empty = [label for label in shrunk if not left.get(label)]
    vanished = await store.vanished(connection, {label.service for label in pending})
    back = [label for label in vanished if label in pending]
    given = await batch_store.of_leaves(connection, empty + back) if empty or back else {}
    found = [taken_back(each, pending[each], given.get(each, ()), _ANSWERS) for each in empty]
    gone = [batch for batch in found if batch is not None]
    known = {
        label for label in back if not may_come_back(pending[label], given.get(label, ()), _ANSWERS)
    }
    return gone, known | {batch.label for batch in gone}


def last_closed_day(now: datetime) -> date:
    """Up to which day all periods are closed by then."""
    return (now - GRACE).date().replace(day=1) - timedelta(days=1)


async def _closing_years(connection: AsyncConnection, before: date, through: date) -> set[int]:
    if through == before:
        return set()
    return {year for year in await store.years(connection) if before.year <= year <= through.year}


def _closed_periods(year: int, before: date, through: date) -> list[Period]:
    """The months, quarters, semesters and the year that end after `before` up to `through`."""
    return [each for each in stretch.of_year(year) if before < each.last <= through]


def _touched(batches: Iterable[Batch]) -> Touched:
    """The scopes and periods whose public sums moved."""
    return {
        (scope, str(period))
        for label in {batch.label for batch in batches}
        for scope in scopes_of(label)
        if not scope.startswith("at:")
        for period in stretch.of_year(label.start.year)
        if label.lies_in(period)
    }


async def _make(
    connection: AsyncConnection, touched: Touched, stand: store.Stand, now: datetime
) -> list[tuple[FigureBody | None, FigureBody]]:
    """The new figures, each with the one that it takes the place of."""
    if not touched:
        return []
    number, tip = stand.figures, stand.tip
    watermark = await watermark_of(connection)
    names = await registry.names(connection)
    made: list[tuple[FigureBody | None, FigureBody]] = []
    rows: list[Figure] = []
    for name in sorted({period for _, period in touched}):
        period = periods.parse(name)
        scopes = sorted(scope for scope, each in touched if each == name)
        sums = await store.sums_of(connection, scopes, period)
        newest = await figure_store.newest(connection, scopes, name)
        for scope in scopes:
            before = said_by(newest.get(scope))
            moment = Moment(
                number=number + 1,
                batches=stand.batches,
                watermark=watermark,
                at=now,
                supersedes=before.id if before else None,
            )
            body = figure_body(
                scope,
                names.get(scope),
                period,
                sums.get(scope, {}),
                moment,
                closed=period.last <= stand.closed_through,
            )
            if is_news(before, body):
                number += 1
                rows.append(_chained(body, rows[-1].hash if rows else tip, now))
                made.append((before, body))
    await figure_store.add(connection, rows)
    return made


def is_news(before: FigureBody | None, now: FigureBody) -> bool:
    """A closed figure that says anything new; an open one whose index moved or that grew."""
    if before is None:
        return now.n is not None
    if now.closed or before.closed:
        return not is_same(before, now)
    return before.index != now.index or before.letter != now.letter or grew(before.n, now.n)


def _chained(body: FigureBody, previous: bytes, now: datetime) -> Figure:
    raw = msgspec.json.encode(body, order="sorted")
    return Figure(
        body.number, body.id, body.scope, body.period, now, raw, previous, chained(previous, raw)
    )


async def _tell(
    connection: AsyncConnection,
    made: Sequence[tuple[FigureBody | None, FigureBody]],
    closed: Sequence[Period],
    now: datetime,
) -> None:
    events = [_event(contract.FIGURE_PUBLISHED, _published(body), now) for _, body in made]
    events += [
        _event(contract.INDEX_CORRECTED, _corrected(before, body), now)
        for before, body in made
        if before is not None and before.closed and body.closed
    ]
    figures: Mapping[str, int] = {
        str(period): sum(body.period == str(period) for _, body in made) for period in closed
    }
    events += [
        _event(contract.PERIOD_CLOSED, contract.PeriodClosed(period=name, figures=count), now)
        for name, count in figures.items()
        if count
    ]
    await append(connection, {contract.TOPIC: events})


def _event(event_type: str, data: msgspec.Struct, now: datetime) -> bytes:
    return new_event(
        event_type=event_type, event_id=str(uuid.uuid4()), source=SOURCE, time=now, data=data
    )


def _published(body: FigureBody) -> contract.FigurePublished:
    return contract.FigurePublished(scope=body.scope, period=body.period, value=_value(body))


def _corrected(before: FigureBody, after: FigureBody) -> contract.IndexCorrected:
    return contract.IndexCorrected(
        scope=after.scope, period=after.period, before=_value(before), after=_value(after)
    )


def _value(body: FigureBody) -> contract.PublicValue:
    return contract.PublicValue(
        figure=body.id, closed=body.closed, n=body.n, index=body.index, index_class=body.letter
    )
