"""Corrections: follow what their events say, and make the rollups follow them exactly.

A correction that comes into force changes answers that were counted long ago. What must change is
remembered in the consumer's transaction (which answers, under which corrections before and after);
the log is read for it afterwards, and the difference is added in one transaction. New answers are
counted under the new corrections from the first moment, so the two never meet.
"""

from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.store import corrections as store
from shared.contracts import corrections as contract
from shared.log import Run

_MARK = b'"id.rancak.correction.'


class _Event(msgspec.Struct):
    type: str
    time: datetime
    data: msgspec.Raw


async def follow(connection: AsyncConnection, run: Run) -> None:
    """Project the corrections of a run; of most runs, none."""
    if _MARK not in run.body:
        return
    for sequence, raw in enumerate(run.events(), run.first):
        event = msgspec.json.decode(raw, type=_Event)
        if event.type not in contract.KINDS:
            continue
        before = await store.in_force(connection, run.stream)
        correction = await _project(connection, run.stream, sequence, event)
        after = await store.in_force(connection, run.stream)
        if before != after:
            await store.adjust_later(
                connection, run.stream, correction, before, after, is_preview=False
            )
        elif event.type == contract.PROPOSED:
            proposed = await store.of_ids(connection, run.stream, [correction])
            await store.adjust_later(
                connection, run.stream, correction, before, [*before, *proposed], is_preview=True
            )


async def _project(connection: AsyncConnection, stream: str, sequence: int, event: _Event) -> str:
    """Answers the id of the correction."""
    if event.type == contract.PROPOSED:
        proposed = msgspec.json.decode(event.data, type=contract.CorrectionProposed)
        await store.propose(connection, stream, sequence, proposed, event.time)
        return proposed.id
    if event.type == contract.APPROVED:
        approved = msgspec.json.decode(event.data, type=contract.CorrectionApproved)
        await store.approve(connection, stream, approved.id, approved.by)
        return approved.id
    lifted = msgspec.json.decode(event.data, type=contract.CorrectionLifted)
    await store.lift(connection, stream, lifted.id, lifted.by, lifted.reason)
    return lifted.id
