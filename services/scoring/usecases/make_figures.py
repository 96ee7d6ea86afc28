"""Make the figures that are due, chained to the ones before them, and tell of them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain import period as periods
from services.scoring.domain.figure import Counted
from services.scoring.domain.period import Period
from services.scoring.domain.receipt import chained, grew
from services.scoring.domain.weights import Weights
from services.scoring.store import alerts, questionnaires, registry, unpublished
from services.scoring.store import figures as figure_store
from services.scoring.store import publication as store
from services.scoring.store.figures import Figure
from services.scoring.store.index import watermark_of
from services.scoring.usecases.figure_body import (
    FigureBody,
    Moment,
    figure_body,
    is_same,
    said_by,
)
from services.scoring.usecases.own_events import own_event
from shared.contracts import figures as contract
from shared.log import append

# A new figure and the one that it takes the place of.
Made = tuple[FigureBody | None, FigureBody]


@dataclass(frozen=True, slots=True)
class _Due:
    """One scope of a period with all that its figure is made of."""

    scope: str
    name: str | None
    period: Period
    sums: Mapping[str, Counted]
    weights: Weights
    before: Figure | None


async def make_figures(
    connection: AsyncConnection, stand: store.Stand, *, now: datetime, most: int
) -> int | None:
    """Make up to `most` figures of those that are due; answers how many said something new.

    None: none was due.
    """
    taken = await unpublished.take_due(connection, most)
    if not taken:
        return None
    due = await _read(connection, taken)
    watermark = await watermark_of(connection)

    def moment(number: int, supersedes: str | None) -> Moment:
        return Moment(
            number=number,
            batches=stand.batches,
            watermark=watermark,
            at=now,
            supersedes=supersedes,
        )

    made, rows = await asyncio.to_thread(_made, due, stand, moment)
    await figure_store.add(connection, rows)
    await append(connection, {contract.TOPIC: list(_told(made, now))})
    await alerts.order(connection, alerts.FIGURES, _watched(made))
    return len(made)


async def tell_closed(connection: AsyncConnection, *, now: datetime) -> int:
    """Tell of the closed periods whose figures are made; answers of how many."""
    closed = await unpublished.take_closed(connection)
    events = [
        own_event(contract.PERIOD_CLOSED, contract.PeriodClosed(period=name, figures=figures), now)
        for name, figures in sorted(closed.items(), key=lambda item: _end(item[0]))
    ]
    await append(connection, {contract.TOPIC: events})
    return len(events)


def is_news(before: FigureBody | None, now: FigureBody) -> bool:
    """A closed figure that says anything new; an open one whose index moved or that grew."""
    if before is None:
        return now.n is not None
    if now.closed or before.closed:
        return not is_same(before, now)
    return before.index != now.index or before.letter != now.letter or grew(before.n, now.n)


async def _read(connection: AsyncConnection, taken: Sequence[tuple[str, str]]) -> list[_Due]:
    names = await registry.names(connection, {scope for _, scope in taken})
    published = await questionnaires.read(connection)
    due: list[_Due] = []
    for name, pairs in groupby(taken, itemgetter(0)):
        period, scopes = periods.parse(name), [scope for _, scope in pairs]
        sums = await store.sums_of(connection, scopes, period)
        newest = await figure_store.newest(connection, scopes, name)
        due += [
            _Due(
                scope,
                names.get(scope),
                period,
                sums.get(scope, {}),
                published.weights_of(scope, period.last),
                newest.get(scope),
            )
            for scope in scopes
        ]
    return due


def _made(
    due: Sequence[_Due], stand: store.Stand, moment: Callable[[int, str | None], Moment]
) -> tuple[list[Made], list[Figure]]:
    """The figures that say something new, and their rows."""
    made: list[Made] = []
    rows: list[Figure] = []
    for each in due:
        before = said_by(each.before)
        taking_over = moment(stand.figures + len(rows) + 1, before.id if before else None)
        closed = each.period.last <= stand.closed_through
        body = figure_body(
            each.scope,
            each.name,
            each.period,
            each.sums,
            taking_over,
            closed=closed,
            weights=each.weights,
        )
        if is_news(before, body):
            rows.append(_chained(body, rows[-1].hash if rows else stand.tip, taking_over.at))
            made.append((before, body))
    return made, rows


def _chained(body: FigureBody, previous: bytes, now: datetime) -> Figure:
    raw = msgspec.json.encode(body, order="sorted")
    return Figure(
        body.number, body.id, body.scope, body.period, now, raw, previous, chained(previous, raw)
    )


def _watched(made: Sequence[Made]) -> set[str]:
    """The agencies and services of which a quarter was published: rules look at those."""
    units = ("agency:", "service:")
    return {body.scope for _, body in made if "-Q" in body.period and body.scope.startswith(units)}


def _told(made: Sequence[Made], now: datetime) -> list[bytes]:
    events = [own_event(contract.FIGURE_PUBLISHED, _published(body), now) for _, body in made]
    events += [
        own_event(contract.INDEX_CORRECTED, _corrected(before, body), now)
        for before, body in made
        if before is not None and before.closed and body.closed
    ]
    return events


def _end(name: str) -> tuple[int, int]:
    """Where a period ends; of those that end together the shorter one is told first."""
    period = periods.parse(name)
    return period.last.toordinal(), -period.first.toordinal()


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
