"""Give out batches of answers as the gate allows: services that moved, or all of an agency.

Each function runs in a transaction that holds the stand of the publication.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain import stretch
from services.scoring.domain.publication.label import Label, Span
from services.scoring.domain.publication.plan import Batch, Plan, plan
from services.scoring.domain.publication.release import ANSWERS, Answers, Counters
from services.scoring.domain.publication.sums import (
    may_come_back,
    scopes_of,
    sums_of,
    taken_back,
    with_safe_moments,
)
from services.scoring.store import batches as batch_store
from services.scoring.store import publication as store
from services.scoring.store import unpublished

NOTHING_CLOSED = date(1, 1, 31)
_WHOLE = store.COLUMNS.index("whole")
_MOMENTS = ANSWERS.over_elements | {_WHOLE}
_RULE = Answers(over_elements=_MOMENTS)
_ANSWERS = frozenset(range(len(store.COLUMNS))) - _MOMENTS

Pending = Mapping[Label, Counters]


@dataclass(frozen=True, slots=True)
class Look:
    """Up to which day all periods are closed; whether this look is the last of its year, so that
    who is left over finds company now or never; `at` is written on what goes out."""

    through: date
    everybody: bool
    at: datetime


async def give_out(
    connection: AsyncConnection,
    asked: Sequence[tuple[str, int]],
    look: Look,
    stand: store.Stand,
    left: Pending | None = None,
) -> Pending:
    """Give out what can go of these services' years, together with what was `left` of others.

    Answers what is left now, and orders the figures that moved.
    """
    pending = await store.pending(connection, asked) if asked else {}
    if not pending and not left:
        return {}
    gone, waiting = await _vanishing(connection, pending)
    free = {label: each for label, each in pending.items() if label not in waiting}
    planned = await asyncio.to_thread(
        plan, {**free, **(left or {})}, look.through, rule=_RULE, everybody=look.everybody
    )
    batches = await asyncio.to_thread(_safe, gone, planned)
    if batches:
        sums = await asyncio.to_thread(sums_of, batches)
        await store.give_out(connection, batches, sums, look.at, after=stand.batches)
        await unpublished.order(connection, moved_by(batches))
    return planned.withheld


def moved_by(batches: Iterable[Batch]) -> set[tuple[str, str]]:
    """The scopes and periods whose public sums these batches move."""
    labels = {batch.label for batch in batches}
    return {
        (scope, period)
        for label in labels
        for scope in scopes_of(label)
        if not scope.startswith("at:")
        for period in _periods_of(label)
    }


def _periods_of(label: Label) -> list[str]:
    """The periods that hold all of a label's."""
    return [str(stretch.holding(label.start, span)) for span in Span if span >= label.span]


def _safe(gone: Collection[Batch], planned: Plan) -> list[Batch]:
    return [*gone, *(with_safe_moments(each, _MOMENTS, _WHOLE) for each in planned.batches)]


async def _vanishing(
    connection: AsyncConnection, pending: Pending
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
