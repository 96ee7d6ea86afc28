"""Who answered looks at the answer again by its code, and may withdraw it.

The code follows from the event's id and the platform's secret: sent twice, a form shows the same.
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.domain.follow_up import BYTES, NoCode, code_of, hash_of, read_code
from services.intake.store import follow_ups as store
from services.intake.store.follow_ups import FollowUp
from services.intake.usecases.corrections import correction_id, write
from services.intake.usecases.own_events import end_of
from shared.contracts import corrections as contract
from shared.log import notes, read
from shared.sealing import Sealer, derived

REASON = "Ditarik oleh yang menjawab · Withdrawn by who answered"


class UnknownCode(LookupError):
    """No such code, or not any more: the two look the same."""


class Answer(msgspec.Struct, frozen=True):
    """What was answered, without anything that tells who it was."""

    service: str
    answers: dict[str, int]
    place: str | None = None
    respondent: dict[str, str | int] = {}


class _Event(msgspec.Struct):
    day: str
    data: Answer


@dataclass(frozen=True, slots=True)
class Followed:
    """An answer, the day it is of, its comment, and what became of it."""

    follow_up: FollowUp
    day: str
    answer: Answer
    comment: str | None


class FollowUpCodes:
    """Makes the code of an answer."""

    def __init__(self, secret: SecretStr) -> None:
        self._secret = secret

    def issue(self, event_id: str) -> str:
        """The code of the answer that has this event id."""
        return code_of(derived(self._secret, f"follow-up {event_id}", BYTES))


async def follow(
    connection: AsyncConnection, code: str, sealer: Sealer, *, now: datetime
) -> Followed:
    """The answer that a code leads to. Raises UnknownCode."""
    found = await _find(connection, code, now)
    event = await _event(connection, found)
    place = found.stream, found.sequence
    sealed = await notes.find(connection, *place)
    comment = None if sealed is None else sealer.unseal(sealed, notes.context_of(*place)).decode()
    return Followed(found, event.day, event.data, comment)


async def withdraw(
    connection: AsyncConnection, code: str, *, now: datetime, correlation: str | None
) -> bool:
    """Take the answer out of the figures for good and erase its comment; once, however often.

    Answers whether this call did it. Raises UnknownCode.
    """
    found = await _find(connection, code, now)
    if found.withdrawn_at is not None:
        return False
    # The stream first, as everybody who writes to it: of fifty at once one goes on.
    end = await end_of(connection, found.stream)
    if not await store.withdraw(connection, found.hash, now):
        return False
    service = (await _event(connection, found)).data.service
    proposal = contract.CorrectionProposed(
        id=correction_id(end),
        action="withdraw",
        slice=contract.Slice(service=service, sequence=found.sequence),
        reason=REASON,
        by=contract.CITIZEN,
    )
    kind = contract.PROPOSED
    await write(connection, end, kind, proposal, now=now, correlation=correlation)
    await notes.erase(connection, found.stream, found.sequence)
    return True


async def _find(connection: AsyncConnection, code: str, now: datetime) -> FollowUp:
    try:
        written = read_code(code)
    except NoCode:
        raise UnknownCode from None
    found = await store.find(connection, hash_of(written), now)
    if found is None:
        raise UnknownCode
    return found


async def _event(connection: AsyncConnection, found: FollowUp) -> _Event:
    raw = await read.event_at(connection, found.stream, found.sequence)
    assert raw is not None, "a code is kept in the transaction that appends its answer"
    return msgspec.json.decode(raw, type=_Event)
