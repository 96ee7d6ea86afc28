"""The checkpoint row: locked, read and advanced inside the transaction that applies."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.consume.spans import Span, parse, render

_ENSURE = text("INSERT INTO checkpoint (stream) VALUES (:stream) ON CONFLICT DO NOTHING")
_LOCK = text("SELECT ranges::text FROM checkpoint WHERE stream = :stream FOR UPDATE")
_ADVANCE = text("""
    UPDATE checkpoint SET ranges = ranges + (:spans)::int8multirange WHERE stream = :stream
""").bindparams(bindparam("spans", type_=Text))
_ALL = text("""
    SELECT checkpoint.stream, ranges::text, count(dead_letter.sequence)
    FROM checkpoint LEFT JOIN dead_letter
      ON dead_letter.stream = checkpoint.stream AND dead_letter.attempts >= :most
    GROUP BY checkpoint.stream ORDER BY checkpoint.stream
""")


async def lock(connection: AsyncConnection, stream: str) -> list[Span]:
    """What was applied of a stream; the row stays locked until the transaction ends."""
    found = await connection.scalar(_LOCK, {"stream": stream})
    if found is None:
        await connection.execute(_ENSURE, {"stream": stream})
        found = await connection.scalar(_LOCK, {"stream": stream})
    return parse(found or "{}")


async def advance(connection: AsyncConnection, stream: str, spans: Iterable[Span]) -> None:
    """Mark sequences as applied."""
    await connection.execute(_ADVANCE, {"stream": stream, "spans": render(spans)})


async def read_all(
    connection: AsyncConnection, *, attempts: int
) -> Sequence[tuple[str, list[Span], int]]:
    """Per stream what was applied, and how many dead letters are among it."""
    rows = await connection.execute(_ALL, {"most": attempts})
    return [(stream, parse(ranges), dead) for stream, ranges, dead in rows]
