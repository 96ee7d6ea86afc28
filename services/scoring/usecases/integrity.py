"""Marks of a scope and period as an agency and the watchers read them; nothing is taken away."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain import integrity
from services.scoring.domain.integrity import Severity, Unit
from services.scoring.domain.integrity.senders import ASSISTED
from services.scoring.domain.period import Period
from services.scoring.domain.scope import Scope
from services.scoring.store import trace
from services.scoring.usecases.judgement import Wording, p_text
from services.scoring.usecases.registered import registered
from shared.contracts.corrections import Slice

# Inside an agency no smaller number of answers is shown.
FEWEST_SHOWN = 5
_STRONGEST_FIRST = (Severity.STRONG, Severity.LOOK, Severity.NOTE)


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """`observed` of `n`, where honest answers give `expected` or at most that; `p` by chance.

    `slice` is what a proposal of a quarantine takes (`POST /v1/corrections`).
    """

    kind: str
    severity: str
    n: int
    observed: int
    expected: str
    p: str
    words: Wording
    slice: Slice


class Answers(msgspec.Struct, frozen=True):
    """All answers of the scope: the whole ones among them, those of equal scores, of only 4, those
    entered by staff; and how many keys sent. None: fewer than five."""

    n: int | None
    whole: int | None
    straight: int | None
    all_four: int | None
    assisted: int | None
    keys: int


class IntegrityAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Marks, the strongest first. `watermark` says which answers were looked at."""

    scope: str
    name: str | None
    period: str
    units: int
    answers: Answers
    items: list[Mark]
    as_of: str
    watermark: dict[str, int]


class Found(msgspec.Struct, frozen=True):
    """All that an answer is made of, from the database."""

    scope: Scope
    period: Period
    name: str | None
    reading: trace.Reading


async def gather(connection: AsyncConnection, scope: Scope, period: Period) -> Found:
    """Everything from one snapshot. Raises UnknownScope or TooManyTraces."""
    reading = await trace.read(connection, scope, period)
    called = await registered(connection, scope, is_used=bool(reading.units))
    return Found(scope, period, called.name, reading)


def judged(found: Found, *, now: datetime) -> IntegrityAnswer:
    """What the rules say: seconds of computing for a large scope."""
    units = found.reading.units
    marks = [mark for unit in units for mark in integrity.marks_of(unit)]
    marks.sort(key=lambda mark: (_STRONGEST_FIRST.index(mark.severity), mark.kind))
    return IntegrityAnswer(
        scope=str(found.scope),
        name=found.name,
        period=str(found.period),
        units=len(units),
        answers=_answers(units),
        items=[_shown(mark) for mark in marks if mark.n >= FEWEST_SHOWN],
        as_of=now.isoformat(timespec="seconds"),
        watermark=dict(found.reading.watermark),
    )


def _answers(units: Sequence[Unit]) -> Answers:
    traces = [trace for unit in units for trace in unit.traces]

    def shown(count: int) -> int | None:
        return count if count == 0 or count >= FEWEST_SHOWN else None

    return Answers(
        n=shown(sum(each.n for each in traces)),
        whole=shown(sum(each.whole for each in traces)),
        straight=shown(sum(each.straight for each in traces)),
        all_four=shown(sum(each.all_four for each in traces)),
        assisted=shown(sum(each.n for each in traces if each.series == ASSISTED)),
        keys=len({each.key for each in traces if each.key}),
    )


def _shown(mark: integrity.Mark) -> Mark:
    where = mark.slice
    return Mark(
        kind=str(mark.kind),
        severity=str(mark.severity),
        n=mark.n,
        observed=mark.observed,
        expected=mark.expected,
        p=cast(str, p_text(mark.p)),
        words=Wording(*mark.words),
        slice=Slice(
            service=where.service,
            place=where.place,
            series=where.series,
            key=where.key,
            since=where.since.isoformat(),
            until=where.until.isoformat(),
        ),
    )
