"""Sealed notes: free text of an event, kept apart so that it can be erased, the log untouched."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    bindparam,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

_KEEP = text("""
    INSERT INTO note (stream, sequence, sealed)
    SELECT * FROM unnest(:streams, :sequences, :sealed)
""").bindparams(
    bindparam("streams", type_=ARRAY(Text)),
    bindparam("sequences", type_=ARRAY(BigInteger)),
    bindparam("sealed", type_=ARRAY(LargeBinary)),
)
_FIND = text("SELECT sealed FROM note WHERE stream = :stream AND sequence = :sequence")
_ERASE = text("DELETE FROM note WHERE stream = :stream AND sequence = :sequence")

_BEFORE = text("""
    SELECT stream, sequence, sealed FROM note WHERE stream = :stream AND sequence < :before
    ORDER BY sequence DESC LIMIT :most
""").bindparams(bindparam("before", type_=BigInteger))
_NEWEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Note:
    """The sealed text of one event."""

    stream: str
    sequence: int
    sealed: bytes

    @property
    def context(self) -> bytes:
        """What it was sealed for: it cannot be moved to another event."""
        return context_of(self.stream, self.sequence)


def context_of(stream: str, sequence: int) -> bytes:
    """What the text of an event is sealed for."""
    return f"{stream}:{sequence}".encode()


def note_table(metadata: MetaData) -> Table:
    """Declare `note` in a service's metadata."""
    return Table(
        "note",
        metadata,
        Column("stream", Text, nullable=False),
        Column("sequence", BigInteger, nullable=False),
        Column("sealed", LargeBinary, nullable=False),
        PrimaryKeyConstraint("stream", "sequence"),
    )


async def keep(connection: AsyncConnection, notes: Sequence[Note]) -> None:
    """Store notes in the transaction that appends their events."""
    if notes:
        await connection.execute(
            _KEEP,
            {
                "streams": [note.stream for note in notes],
                "sequences": [note.sequence for note in notes],
                "sealed": [note.sealed for note in notes],
            },
        )


async def find(connection: AsyncConnection, stream: str, sequence: int) -> bytes | None:
    """The sealed text of an event, or None."""
    values = {"stream": stream, "sequence": sequence}
    sealed: bytes | None = await connection.scalar(_FIND, values)
    return sealed


async def erase(connection: AsyncConnection, stream: str, sequence: int) -> None:
    """Delete the text of an event; the event itself stays."""
    await connection.execute(_ERASE, {"stream": stream, "sequence": sequence})


async def before(
    connection: AsyncConnection, stream: str, sequence: int | None, most: int
) -> Sequence[Note]:
    """The newest notes of a stream, or the newest of those older than a sequence."""
    values = {"stream": stream, "before": _NEWEST if sequence is None else sequence, "most": most}
    return [Note(*row) for row in await connection.execute(_BEFORE, values)]
