"""Correct what was answered without deleting anything: propose, approve, lift, withdraw.

A correction's id is where its proposal stands in the log, so the log is all that remembers it.
"""

import re
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.store import follow_ups
from services.intake.store import registry as registry_store
from services.intake.usecases.own_events import End, end_of, tell
from shared.auth import Principal
from shared.contracts import corrections as contract
from shared.contracts import feedback
from shared.log import read
from shared.log.idempotency import event_key, recall
from shared.streams import partition_of

_ID = re.compile(r"c([0-9]{1,3})-([1-9][0-9]{0,17})")


class UnknownCorrection(LookupError):
    """No such correction, or one of another agency."""


class UnknownAnswer(LookupError):
    """No such service, target or answer of this agency."""


class CitizensOwn(PermissionError):
    """What a citizen withdrew stays withdrawn: nobody else may bring it back."""


class SamePerson(PermissionError):
    """Who proposed a correction cannot approve it."""


class _Event(msgspec.Struct):
    type: str
    data: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants corrected; `event` is the agency's own id of an answer to withdraw."""

    action: contract.Action
    slice: contract.Slice
    reason: str
    target: str | None = None
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, when, and with which correlation id."""

    principal: Principal
    now: datetime
    correlation: str | None


async def propose(
    connection: AsyncConnection, wish: Wish, asking: Asking, partitions: int
) -> contract.CorrectionProposed:
    """Write the proposal; it is in force once somebody else approves it (a withdrawal at once).

    Raises UnknownAnswer.
    """
    agency = wish.slice.service.partition(".")[0]
    _check_reach(asking.principal, agency, UnknownAnswer)
    for service in filter(None, (wish.slice.service, wish.target)):
        if await registry_store.find(connection, "service", service) is None:
            raise UnknownAnswer(service)
    where, stream = wish.slice, f"{feedback.TOPIC}.{partition_of(agency, partitions)}"
    if wish.event is not None:
        stream, where = await _answer(connection, agency, wish)
    end = await end_of(connection, stream)
    proposal = contract.CorrectionProposed(
        id=correction_id(end),
        action=wish.action,
        slice=where,
        reason=wish.reason,
        by=asking.principal.key_id,
        target=wish.target,
    )
    await _write(connection, end, contract.PROPOSED, proposal, asking)
    if where.sequence is not None:
        await follow_ups.take_out(connection, stream, where.sequence, proposal.id)
    return proposal


async def approve(connection: AsyncConnection, correction: str, asking: Asking) -> None:
    """Put it in force. Raises UnknownCorrection or SamePerson."""
    stream, proposal = await _find(connection, correction, asking.principal)
    if proposal.by == asking.principal.key_id:
        raise SamePerson(correction)
    end = await end_of(connection, stream)
    approved = contract.CorrectionApproved(id=correction, by=asking.principal.key_id)
    await _write(connection, end, contract.APPROVED, approved, asking)


async def lift(connection: AsyncConnection, correction: str, reason: str, asking: Asking) -> None:
    """End it for good: its answers count as they were sent.

    Raises UnknownCorrection, or CitizensOwn.
    """
    stream, proposal = await _find(connection, correction, asking.principal)
    if proposal.by == contract.CITIZEN:
        raise CitizensOwn(correction)
    end = await end_of(connection, stream)
    lifted = contract.CorrectionLifted(id=correction, by=asking.principal.key_id, reason=reason)
    await _write(connection, end, contract.LIFTED, lifted, asking)
    if proposal.slice.sequence is not None:
        await follow_ups.put_back(connection, stream, proposal.slice.sequence, correction)


def correction_id(end: End) -> str:
    """The id of a correction that is proposed next in a locked stream."""
    return f"c{end.stream.rpartition('.')[2]}-{end.sequence}"


async def write(
    connection: AsyncConnection,
    end: End,
    event_type: str,
    data: msgspec.Struct,
    *,
    now: datetime,
    correlation: str | None,
) -> None:
    """Append one event of a correction to a locked stream."""
    about = f"{event_type.split('.')[-2]}-{end.stream}"
    await tell(connection, end, event_type, data, about=about, now=now, correlation=correlation)


async def _answer(
    connection: AsyncConnection, agency: str, wish: Wish
) -> tuple[str, contract.Slice]:
    """The stream that holds the answer, and the slice that is this answer alone."""
    key = (agency, event_key(wish.event or ""))
    found = (await recall(connection, [key])).get(key)
    if found is None:
        raise UnknownAnswer(wish.event)
    return found.stream, contract.Slice(service=wish.slice.service, sequence=found.sequence)


async def _find(
    connection: AsyncConnection, correction: str, principal: Principal
) -> tuple[str, contract.CorrectionProposed]:
    match = _ID.fullmatch(correction)
    raw = None
    if match is not None:
        stream = f"{feedback.TOPIC}.{match[1]}"
        raw = await read.event_at(connection, stream, int(match[2]))
    event = None if raw is None else msgspec.json.decode(raw, type=_Event)
    if match is None or event is None or event.type != contract.PROPOSED:
        raise UnknownCorrection(correction)
    proposal = msgspec.json.decode(event.data, type=contract.CorrectionProposed)
    _check_reach(principal, proposal.slice.service.partition(".")[0], UnknownCorrection)
    return stream, proposal


def _check_reach(principal: Principal, agency: str, otherwise: type[LookupError]) -> None:
    """An agency corrects its own; the platform everybody's."""
    if principal.agency is not None and principal.agency != agency:
        raise otherwise(agency)


async def _write(
    connection: AsyncConnection, end: End, event_type: str, data: msgspec.Struct, asking: Asking
) -> None:
    now, correlation = asking.now, asking.correlation
    await write(connection, end, event_type, data, now=now, correlation=correlation)
