"""The signed heads of each day, and what they are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Date, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

_IS_SIGNED = text("SELECT EXISTS (SELECT FROM signed_head WHERE day = :day)")
_KEEP = text("""
    INSERT INTO signed_head (day, body, signature) VALUES (:day, :body, :signature)
    ON CONFLICT DO NOTHING
""").bindparams(bindparam("day", type_=Date))
_BETWEEN = text("""
    SELECT day, body, signature FROM signed_head WHERE day BETWEEN :first AND :last
    ORDER BY day DESC LIMIT :most
""").bindparams(bindparam("first", type_=Date), bindparam("last", type_=Date))


@dataclass(frozen=True, slots=True)
class SignedHead:
    """One day: `body` is canonical JSON, `signature` covers its bytes."""

    day: date
    body: bytes
    signature: bytes


async def is_signed(connection: AsyncConnection, day: date) -> bool:
    """Whether a day has its heads."""
    return bool(await connection.scalar(_IS_SIGNED, {"day": day}))


async def keep(connection: AsyncConnection, head: SignedHead) -> bool:
    """Store the heads of a day, unless it has some; answers whether they were stored."""
    values = {"day": head.day, "body": head.body, "signature": head.signature}
    return (await connection.execute(_KEEP, values)).rowcount == 1


async def between(
    connection: AsyncConnection, first: date, last: date, most: int
) -> Sequence[SignedHead]:
    """The days of a span, newest first."""
    values = {"first": first, "last": last, "most": most}
    return [SignedHead(*row) for row in await connection.execute(_BETWEEN, values)]
