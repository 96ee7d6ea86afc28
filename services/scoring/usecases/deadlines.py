"""Was it as fast as promised: the deadline figures of a scope and period, and what is open now."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.application.tally import ELAPSED_COLUMNS, ELAPSED_UP_TO
from services.scoring.domain.ikm import published
from services.scoring.domain.period import Period
from services.scoring.domain.publication.cells import (
    LIMIT,
    LIMIT_WITHIN_AGENCY,
    hidden,
    shown,
    told,
)
from services.scoring.domain.scope import Scope
from services.scoring.store import deadlines as store
from services.scoring.store import index
from services.scoring.store.deadlines import AGES, Open
from services.scoring.usecases.figure_body import VERIFIED
from services.scoring.usecases.index_answer import Question
from services.scoring.usecases.public import public_index
from services.scoring.usecases.registered import registered

View = Literal["public", "live"]
_KEPT = ("on_time", "late", "unpromised")
_OUTCOMES = ("issued", "rejected", "withdrawn")
_PERCENT = 100


class Elapsed(msgspec.Struct, frozen=True):
    """How many were decided within `up_to` working hours, beyond those before; null: beyond all."""

    up_to: int | None
    n: int | None


class Age(msgspec.Struct, frozen=True):
    """How many have been open for at most so many days, beyond those before; null: longer."""

    up_to_days: int | None
    n: int | None


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for a decision now. `late`: past its time. Null: too few to be told."""

    n: int | None
    late: int | None
    oldest: str | None
    by_age: list[Age]


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """Who was asked: decisions of a period, how many of their links the agency has fetched, and
    answers by such links in that period. Null: too few to be told.

    `answered` is what `GET /v1/index` shows of series `invited`. `share`: answered in percent of
    finished, two decimals; links hold 60 days, so of a short period it may be over 100.
    """

    finished: int | None
    invited: int | None
    answered: int | None
    share: str | None


class DeadlinesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of applications received, or decided, in a period. Null: too few to be told.

    `share_on_time` in percent of those decided with a promise, two decimals. `median_hours`: half
    were decided within so many working hours, as exactly as the histogram knows. `example`: made up
    to show Rancak, not official.
    """

    scope: str
    name: str | None
    period: str
    view: View
    received: int | None
    decided: int | None
    issued: int | None
    rejected: int | None
    withdrawn: int | None
    on_time: int | None
    late: int | None
    unpromised: int | None
    share_on_time: str | None
    paused: int | None
    mean_hours: str | None
    median_hours: int | None
    elapsed: list[Elapsed]
    coverage: Coverage
    open: Backlog
    as_of: str
    example: bool


async def deadlines_of(
    connection: AsyncConnection, scope: Scope, period: Period, view: View, *, now: datetime
) -> DeadlinesAnswer:
    """The figures that are asked for; `now` in the zone of the city. Raises UnknownScope."""
    called = await registered(connection, scope)
    sums = await store.summed(connection, scope, period)
    answered = await _answered(connection, scope, period, view, now)
    waiting = await store.open_now(connection, scope, now)
    limit = LIMIT_WITHIN_AGENCY if view == "live" else LIMIT
    decided = sums["issued"] + sums["rejected"]
    cells = {
        **shown(_table(sums, _KEPT), limit),
        **shown(_table(sums, _OUTCOMES), limit),
    }
    measured = sum(sums[name] for name in ELAPSED_COLUMNS)
    return DeadlinesAnswer(
        scope=str(scope),
        name=called.name,
        period=str(period),
        view=view,
        received=told(sums["received"], limit),
        decided=told(decided, limit),
        issued=cells["issued"],
        rejected=cells["rejected"],
        withdrawn=cells["withdrawn"],
        on_time=cells["on_time"],
        late=cells["late"],
        unpromised=cells["unpromised"],
        share_on_time=share(cells["on_time"], cells["late"]),
        paused=told(sums["paused"], limit),
        mean_hours=_mean_hours(sums["elapsed_minutes"], measured) if measured >= limit else None,
        median_hours=median_hours(sums) if measured >= limit else None,
        elapsed=_histogram(sums, limit),
        coverage=_coverage(decided, sums["invited"], answered, limit),
        open=_backlog(waiting, limit),
        as_of=now.isoformat(timespec="seconds"),
        example=called.example,
    )


def median_hours(sums: Mapping[str, int]) -> int | None:
    """Within how many working hours half were decided; None: nothing was, or it took longer."""
    half, reached = sum(sums[name] for name in ELAPSED_COLUMNS), 0
    for hours, name in zip(ELAPSED_UP_TO, ELAPSED_COLUMNS, strict=False):
        reached += sums[name]
        if 0 < half <= 2 * reached:
            return hours
    return None


async def _answered(
    connection: AsyncConnection, scope: Scope, period: Period, view: View, now: datetime
) -> int | None:
    """How many answered by a one-use link; in public through the same gate as every figure."""
    if view == "live":
        counted = (await index.read(connection, scope, period)).by_series.get(VERIFIED)
        return counted.n if counted else 0
    answer = await public_index(connection, Question(scope, period), now=now)
    return answer.by_series.get(VERIFIED)


def _coverage(finished: int, invited: int, answered: int | None, limit: int) -> Coverage:
    ended = told(finished, limit)
    is_hidden = bool(hidden([invited, finished - invited], limit))
    heard = None if answered is None else told(answered, limit)
    share = None
    if ended and heard is not None:
        share = published(Fraction(heard * _PERCENT, ended))
    return Coverage(
        finished=ended, invited=None if is_hidden else invited, answered=heard, share=share
    )


def _table(sums: Mapping[str, int], names: Sequence[str]) -> dict[str, int]:
    return {name: sums[name] for name in names}


def share(on_time: int | None, late: int | None) -> str | None:
    """Percent of both that was in time, two decimals; None where it cannot be told."""
    if on_time is None or late is None or on_time + late == 0:
        return None
    return published(Fraction(on_time * _PERCENT, on_time + late))


def _mean_hours(minutes: int, n: int) -> str:
    return published(Fraction(minutes, 60 * n), 1)


def _histogram(sums: Mapping[str, int], limit: int) -> list[Elapsed]:
    cells = shown(_table(sums, ELAPSED_COLUMNS), limit)
    bounds: list[int | None] = [*ELAPSED_UP_TO, None]
    return [
        Elapsed(hours, cells[name]) for hours, name in zip(bounds, ELAPSED_COLUMNS, strict=True)
    ]


def _backlog(waiting: Open, limit: int) -> Backlog:
    ages = [*waiting.by_age, waiting.n]
    steps = [n - before for n, before in zip(ages, [0, *ages], strict=False)]
    stay = hidden(steps, limit)
    late = hidden([waiting.late, waiting.n - waiting.late], limit)
    bounds: list[int | None] = [*AGES, None]
    return Backlog(
        n=told(waiting.n, limit),
        late=None if late else waiting.late,
        oldest=waiting.oldest.isoformat() if waiting.oldest and waiting.n >= limit else None,
        by_age=[
            Age(days, None if place in stay else n)
            for place, (days, n) in enumerate(zip(bounds, steps, strict=True))
        ],
    )
