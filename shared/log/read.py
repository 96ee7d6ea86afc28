"""Read the log: heads, the runs that hold given sequences, one event by its sequence."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.log.run import MAX_RUN, PackedRun, Run

_HEADS = text("SELECT name, head, tip FROM stream ORDER BY name")
# Sequences have no gaps and a run holds at most MAX_RUN, so the primary key bounds the scan.
_BETWEEN = text("""
    SELECT stream, first, last, body, encode(hash, 'hex') FROM run
    WHERE stream = :stream AND last > :after AND last < :upto + :longest AND first <= :upto
    ORDER BY last
""").bindparams(
    bindparam("stream", type_=Text),
    bindparam("after", type_=BigInteger),
    bindparam("upto", type_=BigInteger),
    bindparam("longest", MAX_RUN, type_=BigInteger),
)


@dataclass(frozen=True, slots=True)
class StreamHead:
    """A stream's newest sequence and the hash of its newest run."""

    name: str
    head: int
    tip: bytes


async def heads(connection: AsyncConnection) -> list[StreamHead]:
    """All streams of this service, by name."""
    return [StreamHead(*row) for row in await connection.execute(_HEADS)]


async def runs_between(
    connection: AsyncConnection, stream: str, after: int, upto: int
) -> Sequence[Run]:
    """The stored runs that hold the sequences after `after` up to `upto`, whole, in order."""
    values = {"stream": stream, "after": after, "upto": upto}
    return [PackedRun(*row).unpacked() for row in await connection.execute(_BETWEEN, values)]


async def event_at(connection: AsyncConnection, stream: str, sequence: int) -> bytes | None:
    """One event with its stream, sequence and chain, or None."""
    for run in await runs_between(connection, stream, sequence - 1, sequence):
        return with_place(run.events()[sequence - run.first], stream, sequence, run.chain)
    return None


def with_place(event: bytes, stream: str, sequence: int, chain: str) -> bytes:
    """An event as others see it: its place in the log spliced on as the last three members.

    Added as text, so that a verifier can cut them off again and hash the stored bytes.
    """
    place = f',"stream":"{stream}","sequence":{sequence},"chain":"{chain}"}}'
    return event[:-1] + place.encode()
