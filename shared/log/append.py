"""Append to the log inside the caller's transaction; the row lock keeps sequences free of gaps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, BigInteger, LargeBinary, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.log.run import MAX_RUN, chained, compress, pack

# Held until commit, so commits on a stream happen in the order of its sequences: a reader that
# asks "after S" can never miss a late one. Sorted, so two writers never wait for each other.
_LOCK = text(
    "SELECT name, head, tip FROM stream WHERE name = ANY(:names) ORDER BY name FOR UPDATE"
).bindparams(bindparam("names", type_=ARRAY(Text)))

_LOCK_AND_LOOK = text("""
    SELECT name, head, tip, (SELECT head FROM stream WHERE name = :other) AS newest
    FROM stream WHERE name = ANY(:names) ORDER BY name FOR UPDATE
""").bindparams(bindparam("names", type_=ARRAY(Text)))

_WRITE = text("""
    WITH stored AS (
        INSERT INTO run (stream, first, last, hash, body)
        SELECT * FROM unnest(:streams, :firsts, :lasts, :hashes, :bodies)
    )
    UPDATE stream SET head = new.head, tip = new.tip
    FROM unnest(:names, :heads, :tips) AS new (name, head, tip)
    WHERE stream.name = new.name
""").bindparams(
    bindparam("streams", type_=ARRAY(Text)),
    bindparam("firsts", type_=ARRAY(BigInteger)),
    bindparam("lasts", type_=ARRAY(BigInteger)),
    bindparam("hashes", type_=ARRAY(LargeBinary)),
    bindparam("bodies", type_=ARRAY(LargeBinary)),
    bindparam("names", type_=ARRAY(Text)),
    bindparam("heads", type_=ARRAY(BigInteger)),
    bindparam("tips", type_=ARRAY(LargeBinary)),
)


class UnknownStream(LookupError):
    """An event was appended to a stream that this service does not publish."""


@dataclass(frozen=True, slots=True)
class Head:
    """A locked stream's newest sequence and the hash of its newest run."""

    sequence: int
    tip: bytes


async def append(
    connection: AsyncConnection, events: Mapping[str, Sequence[bytes]]
) -> dict[str, range]:
    """Store complete JSON objects, by stream; answers the sequences that they were given.

    Runs in the caller's transaction and locks the streams until it ends. Raises UnknownStream.
    """
    heads = await lock(connection, [stream for stream, batch in events.items() if batch])
    await write(connection, heads, events)
    return {
        stream: range(head.sequence + 1, head.sequence + 1 + len(events[stream]))
        for stream, head in heads.items()
    }


async def lock(connection: AsyncConnection, streams: Sequence[str]) -> dict[str, Head]:
    """Lock streams, in order of name, until the transaction ends. Raises UnknownStream."""
    rows = await connection.execute(_LOCK, {"names": sorted(set(streams))})
    return _all_of(streams, {name: Head(head, tip) for name, head, tip in rows})


async def lock_and_look(
    connection: AsyncConnection, streams: Sequence[str], other: str
) -> tuple[dict[str, Head], int]:
    """The same, and the newest sequence that another stream had when this was asked, unlocked."""
    values = {"names": sorted(set(streams)), "other": other}
    rows = (await connection.execute(_LOCK_AND_LOOK, values)).all()
    heads = _all_of(streams, {name: Head(head, tip) for name, head, tip, _ in rows})
    return heads, rows[0].newest or 0


def _all_of(streams: Sequence[str], heads: dict[str, Head]) -> dict[str, Head]:
    if missing := set(streams) - set(heads):
        raise UnknownStream(", ".join(sorted(missing)))
    return heads


async def write(
    connection: AsyncConnection, heads: Mapping[str, Head], events: Mapping[str, Sequence[bytes]]
) -> None:
    """Store events after the heads that `lock` answered in this same transaction."""
    runs: list[tuple[str, int, int, bytes, bytes]] = []
    tips: list[tuple[str, int, bytes]] = []
    for stream, head in heads.items():
        sequence, tip, batch = head.sequence, head.tip, events.get(stream, ())
        for start in range(0, len(batch), MAX_RUN):
            piece = batch[start : start + MAX_RUN]
            body = pack(piece)
            tip = chained(tip, body)
            runs.append((stream, sequence + 1, sequence + len(piece), tip, compress(body)))
            sequence += len(piece)
        if batch:
            tips.append((stream, sequence, tip))
    if not runs:
        return
    streams, firsts, lasts, hashes, bodies = (list(column) for column in zip(*runs, strict=True))
    names, last_sequences, last_tips = (list(column) for column in zip(*tips, strict=True))
    await connection.execute(
        _WRITE,
        {
            "streams": streams,
            "firsts": firsts,
            "lasts": lasts,
            "hashes": hashes,
            "bodies": bodies,
            "names": names,
            "heads": last_sequences,
            "tips": last_tips,
        },
    )
