"""Corrections as their events say, and the adjustments that make the rollups follow them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import ARRAY, BigInteger, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.corrections import Correction, Slice
from shared.consume import dead_letters
from shared.consume.spans import Span, parse, render, without
from shared.contracts.corrections import CorrectionProposed

_IN_FORCE = """
    proposal IS NOT NULL AND lifted_by IS NULL AND (approved_by IS NOT NULL OR NOT needs_approval)
"""
_ACTIVE = text(f"SELECT proposal FROM correction WHERE stream = :stream AND {_IN_FORCE}")
# Of single answers only those among the asked ones: there may be many, and each is of long ago.
_CONCERNING = text(f"""
    {_ACTIVE.text} AND (answer IS NULL OR answer BETWEEN :first AND :last)
""")
_ALL_ACTIVE = text(f"SELECT stream, proposal FROM correction WHERE {_IN_FORCE}")
_BY_ID = text("""
    SELECT proposal FROM correction WHERE stream = :stream AND id = ANY(:ids) ORDER BY id
""").bindparams(bindparam("ids", type_=ARRAY(Text)))
_PROPOSE = text("""
    INSERT INTO correction
        (stream, id, proposal, needs_approval, answer, sequence, proposed_at)
    VALUES (:stream, :id, :proposal, :needs_approval, :answer, :sequence, :at)
    ON CONFLICT (stream, id) DO UPDATE SET proposal = excluded.proposal,
        needs_approval = excluded.needs_approval, answer = excluded.answer,
        sequence = excluded.sequence, proposed_at = excluded.proposed_at
    WHERE correction.proposal IS NULL
""")
_APPROVE = text("""
    INSERT INTO correction (stream, id, approved_by) VALUES (:stream, :id, :by)
    ON CONFLICT (stream, id) DO UPDATE SET approved_by = excluded.approved_by
""")
_LIFT = text("""
    INSERT INTO correction (stream, id, lifted_by, lifted_because)
    VALUES (:stream, :id, :by, :reason)
    ON CONFLICT (stream, id) DO UPDATE
    SET lifted_by = excluded.lifted_by, lifted_because = excluded.lifted_because
""")
_RANGES = text("SELECT ranges::text FROM checkpoint WHERE stream = :stream")
_DEAD = text("SELECT sequence FROM dead_letter WHERE stream = :stream AND attempts >= :most")
_ADJUST = text("""
    INSERT INTO adjustment (stream, correction, is_preview, before, after, spans)
    VALUES (:stream, :correction, :is_preview, :before, :after, :spans)
""").bindparams(bindparam("before", type_=ARRAY(Text)), bindparam("after", type_=ARRAY(Text)))
_NEXT = text("""
    SELECT number, stream, correction, is_preview, before, after, spans FROM adjustment
    WHERE state = 'waiting' ORDER BY number LIMIT 1
""")
_HOLD = text("""
    SELECT 1 FROM adjustment WHERE number = :number AND state = 'waiting' FOR UPDATE
""").bindparams(bindparam("number", type_=BigInteger))
_DONE = text("UPDATE adjustment SET state = 'done', effect = :effect WHERE number = :number")
_WAITING = text("SELECT count(*) FROM adjustment WHERE state = 'waiting' AND NOT is_preview")
_ALL_DONE = text("UPDATE adjustment SET state = 'done' WHERE state = 'waiting' AND NOT is_preview")
_LISTED = text(f"""
    SELECT id, stream, proposal, proposed_at, approved_by, lifted_by, lifted_because,
        ({_IN_FORCE}) AS in_force,
        (SELECT effect FROM adjustment WHERE correction = correction.id
            AND adjustment.stream = correction.stream AND state = 'done' AND effect IS NOT NULL
            ORDER BY number LIMIT 1) AS effect
    FROM correction WHERE proposal IS NOT NULL AND id > :after AND (
        CAST(:agency AS text) IS NULL OR :agency = split_part(
            convert_from(proposal, 'UTF8')::jsonb -> 'slice' ->> 'service', '.', 1))
    ORDER BY id LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Answers in `spans` were counted under `before` and shall be under `after` (ids in force)."""

    number: int
    stream: str
    correction: str
    is_preview: bool
    before: Sequence[str]
    after: Sequence[str]
    spans: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Listed:
    """A correction as people read about it; `effect` is what it changes, once that is known."""

    id: str
    stream: str
    proposal: CorrectionProposed
    proposed_at: datetime
    approved_by: str | None
    lifted_by: str | None
    lifted_because: str | None
    in_force: bool
    effect: bytes | None


async def in_force(connection: AsyncConnection, stream: str) -> list[Correction]:
    """The corrections of a stream that are in force, by id."""
    rows = await connection.execute(_ACTIVE, {"stream": stream})
    return _by_id(_correction(proposal) for (proposal,) in rows)


async def concerning(
    connection: AsyncConnection, stream: str, first: int, last: int
) -> list[Correction]:
    """Those that can concern answers of these sequences."""
    values = {"stream": stream, "first": first, "last": last}
    rows = await connection.execute(_CONCERNING, values)
    return _by_id(_correction(proposal) for (proposal,) in rows)


async def all_in_force(connection: AsyncConnection) -> dict[str, list[Correction]]:
    """The same of all streams."""
    found: dict[str, list[Correction]] = {}
    for stream, proposal in await connection.execute(_ALL_ACTIVE):
        found.setdefault(stream, []).append(_correction(proposal))
    return {stream: _by_id(corrections) for stream, corrections in found.items()}


async def of_ids(connection: AsyncConnection, stream: str, ids: Sequence[str]) -> list[Correction]:
    """These corrections, whatever became of them."""
    rows = await connection.execute(_BY_ID, {"stream": stream, "ids": list(ids)})
    return [_correction(proposal) for (proposal,) in rows if proposal is not None]


async def propose(
    connection: AsyncConnection,
    stream: str,
    sequence: int,
    proposal: CorrectionProposed,
    at: datetime,
) -> None:
    """Note a proposal; the first one of an id holds."""
    values = {
        "stream": stream,
        "id": proposal.id,
        "proposal": msgspec.json.encode(proposal),
        "needs_approval": proposal.action != "withdraw",
        "answer": proposal.slice.sequence,
        "sequence": sequence,
        "at": at,
    }
    await connection.execute(_PROPOSE, values)


async def approve(connection: AsyncConnection, stream: str, correction: str, by: str) -> None:
    """Note an approval, also of what is not known yet."""
    await connection.execute(_APPROVE, {"stream": stream, "id": correction, "by": by})


async def lift(
    connection: AsyncConnection, stream: str, correction: str, by: str, reason: str
) -> None:
    """Note that one was lifted, also of what is not known yet."""
    values = {"stream": stream, "id": correction, "by": by, "reason": reason}
    await connection.execute(_LIFT, values)


async def adjust_later(
    connection: AsyncConnection,
    stream: str,
    correction: str,
    before: Iterable[Correction],
    after: Iterable[Correction],
    *,
    is_preview: bool,
) -> None:
    """Remember what of the answers counted by now must follow; called in the consumer's
    transaction, which holds the checkpoint."""
    ranges = parse(await connection.scalar(_RANGES, {"stream": stream}) or "{}")
    values = {"stream": stream, "most": dead_letters.MAX_ATTEMPTS}
    dead = [(sequence, sequence) for (sequence,) in await connection.execute(_DEAD, values)]
    await connection.execute(
        _ADJUST,
        {
            "stream": stream,
            "correction": correction,
            "is_preview": is_preview,
            "before": [each.id for each in before],
            "after": [each.id for each in after],
            "spans": render(without(ranges, sorted(dead))),
        },
    )


async def next_waiting(connection: AsyncConnection) -> Adjustment | None:
    """The oldest adjustment that waits, or None."""
    row = (await connection.execute(_NEXT)).one_or_none()
    if row is None:
        return None
    return Adjustment(
        number=row.number,
        stream=row.stream,
        correction=row.correction,
        is_preview=row.is_preview,
        before=row.before,
        after=row.after,
        spans=parse(row.spans),
    )


async def hold(connection: AsyncConnection, adjustment: Adjustment) -> bool:
    """Lock it until the transaction ends; False if somebody else has done it."""
    return bool(await connection.scalar(_HOLD, {"number": adjustment.number}))


async def done(connection: AsyncConnection, adjustment: Adjustment, effect: bytes) -> None:
    """It was carried out (or looked at, for a preview)."""
    await connection.execute(_DONE, {"number": adjustment.number, "effect": effect})


async def waiting(connection: AsyncConnection) -> int:
    """How many adjustments the rollups have not followed yet."""
    return int(await connection.scalar(_WAITING) or 0)


async def settle_all(connection: AsyncConnection) -> None:
    """Rollups were counted anew: nothing is left to follow."""
    await connection.execute(_ALL_DONE)


async def listed(
    connection: AsyncConnection, *, after: str, most: int, agency: str | None = None
) -> Sequence[Listed]:
    """All corrections ever proposed, of one agency or of all, by id."""
    values = {"after": after, "most": most, "agency": agency}
    rows = await connection.execute(_LISTED, values)
    return [
        Listed(id_, stream, msgspec.json.decode(proposal, type=CorrectionProposed), *rest)
        for id_, stream, proposal, *rest in rows
    ]


def _correction(proposal: bytes) -> Correction:
    told = msgspec.json.decode(proposal, type=CorrectionProposed)
    what = told.slice
    return Correction(
        told.id,
        Slice(
            service=what.service,
            place=what.place,
            series=what.series,
            key=what.key,
            since=None if what.since is None else datetime.fromisoformat(what.since),
            until=None if what.until is None else datetime.fromisoformat(what.until),
            sequence=what.sequence,
        ),
        told.target if told.action == "move" else None,
    )


def _by_id(corrections: Iterable[Correction]) -> list[Correction]:
    return sorted(corrections, key=lambda correction: correction.id)
