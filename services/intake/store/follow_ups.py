"""Which answer a code leads to, as long as it holds, and whether that was taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, DateTime, LargeBinary, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

_KEEP = text("""
    INSERT INTO follow_up (hash, stream, sequence, expires_at)
    SELECT * FROM unnest(:hashes, :streams, :sequences, :expiries)
""").bindparams(
    bindparam("hashes", type_=ARRAY(LargeBinary)),
    bindparam("streams", type_=ARRAY(Text)),
    bindparam("sequences", type_=ARRAY(BigInteger)),
    bindparam("expiries", type_=ARRAY(DateTime(timezone=True))),
)
_FIND = text("""
    SELECT hash, stream, sequence, expires_at, withdrawn_at, taken_out IS NOT NULL
    FROM follow_up WHERE hash = :hash AND expires_at > :now
""")
_WITHDRAW = text("""
    UPDATE follow_up SET withdrawn_at = :now WHERE hash = :hash AND withdrawn_at IS NULL
    RETURNING hash
""")
_TAKE_OUT = text("""
    UPDATE follow_up SET taken_out = :correction WHERE stream = :stream AND sequence = :sequence
""")
_PUT_BACK = text("""
    UPDATE follow_up SET taken_out = NULL
    WHERE stream = :stream AND sequence = :sequence AND taken_out = :correction
""")
_FORGET = text("""
    DELETE FROM follow_up WHERE hash IN (
        SELECT hash FROM follow_up WHERE expires_at <= :now ORDER BY expires_at LIMIT :most
    )
""")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Where an answer stands; when its giver withdrew it; whether its agency took it out."""

    hash: bytes
    stream: str
    sequence: int
    expires_at: datetime
    withdrawn_at: datetime | None = None
    is_taken_out: bool = False


async def keep(connection: AsyncConnection, follow_ups: Sequence[FollowUp]) -> None:
    """Remember codes in the transaction that appends their answers."""
    if follow_ups:
        await connection.execute(
            _KEEP,
            {
                "hashes": [each.hash for each in follow_ups],
                "streams": [each.stream for each in follow_ups],
                "sequences": [each.sequence for each in follow_ups],
                "expiries": [each.expires_at for each in follow_ups],
            },
        )


async def find(connection: AsyncConnection, code_hash: bytes, now: datetime) -> FollowUp | None:
    """What a code leads to; None for one that never was or no longer holds."""
    row = (await connection.execute(_FIND, {"hash": code_hash, "now": now})).one_or_none()
    return None if row is None else FollowUp(*row)


async def withdraw(connection: AsyncConnection, code_hash: bytes, now: datetime) -> bool:
    """Note the withdrawal; False if it was withdrawn before."""
    done = await connection.execute(_WITHDRAW, {"hash": code_hash, "now": now})
    return done.one_or_none() is not None


async def take_out(
    connection: AsyncConnection, stream: str, sequence: int, correction: str
) -> None:
    """The agency withdrew the answer."""
    values = {"stream": stream, "sequence": sequence, "correction": correction}
    await connection.execute(_TAKE_OUT, values)


async def put_back(
    connection: AsyncConnection, stream: str, sequence: int, correction: str
) -> None:
    """The agency's withdrawal was lifted."""
    values = {"stream": stream, "sequence": sequence, "correction": correction}
    await connection.execute(_PUT_BACK, values)


async def forget_expired(connection: AsyncConnection, now: datetime, most: int) -> int:
    """Forget up to `most` codes that no longer hold; answers how many."""
    return (await connection.execute(_FORGET, {"now": now, "most": most})).rowcount
