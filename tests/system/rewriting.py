"""A superuser who rewrites the log in every way that a database allows, and puts it back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import asyncpg

from services.scoring.domain.receipt import chained as chained_figure
from shared.log.run import GENESIS, PackedRun, chained, compress, pack

TABLES = (
    *("intake.run", "intake.stream", "scoring.run", "scoring.stream"),
    *("scoring.figure", "scoring.publication", "scoring.signed_head"),
)
GOOD, BETTER = b'"time":4', b'"time":3'


@dataclass
class Piece:
    """A run as somebody rewrites it."""

    first: int
    last: int
    hash: bytes
    events: list[bytes]


@dataclass
class Database:
    """The database in the hands of its superuser; what he changed can be put back."""

    connection: asyncpg.Connection
    stream: str

    async def do(self, *statements: str) -> None:
        for statement in statements:
            await self.connection.execute(statement)

    async def remember(self) -> None:
        for table in TABLES:
            await self.do(f"CREATE TABLE public.{table.replace('.', '_')} AS TABLE {table}")

    async def put_back(self) -> None:
        async with self.connection.transaction():
            for table in TABLES:
                saved = f"public.{table.replace('.', '_')}"
                await self.do(f"DELETE FROM {table}", f"INSERT INTO {table} TABLE {saved}")

    async def pieces(self, stream: str) -> list[Piece]:
        of = schema_of(stream)
        rows = await self.connection.fetch(
            f"SELECT first, last, hash, body FROM {of}.run WHERE stream = $1 ORDER BY last", stream
        )
        return [
            Piece(first, last, tip, PackedRun(stream, first, last, body, "").unpacked().events())
            for first, last, tip, body in rows
        ]

    async def write(self, stream: str, pieces: Sequence[Piece]) -> None:
        """These runs and no others, each with its own place and hash."""
        of = schema_of(stream)
        async with self.connection.transaction():
            await self.connection.execute(f"DELETE FROM {of}.run WHERE stream = $1", stream)
            await self.connection.executemany(
                f"INSERT INTO {of}.run (stream, first, last, hash, body) VALUES ($1,$2,$3,$4,$5)",
                [(stream, p.first, p.last, p.hash, compress(pack(p.events))) for p in pieces],
            )

    async def write_chained(self, stream: str, pieces: Sequence[Piece]) -> None:
        """The same as a log without a fault: new places, new hashes, a new head."""
        sequence, tip, rewritten = 0, GENESIS, []
        for piece in pieces:
            tip = chained(tip, pack(piece.events))
            last = sequence + len(piece.events)
            rewritten.append(Piece(sequence + 1, last, tip, piece.events))
            sequence = last
        await self.write(stream, rewritten)
        await self.connection.execute(
            f"UPDATE {schema_of(stream)}.stream SET head = $2, tip = $3 WHERE name = $1",
            *(stream, sequence, tip),
        )

    async def write_figures_chained(self) -> None:
        """Every open figure with another index, and the whole chain as if it had always been so."""
        rows = await self.connection.fetch("SELECT number, body FROM scoring.figure ORDER BY 1")
        tip = GENESIS
        for number, body in rows:
            better = body.replace(b'"index":"100"', b'"index":"99"')
            previous, tip = tip, chained_figure(tip, better)
            await self.connection.execute(
                "UPDATE scoring.figure SET body = $2, previous = $3, hash = $4 WHERE number = $1",
                *(number, better, previous, tip),
            )
        await self.connection.execute("UPDATE scoring.publication SET tip = $1", tip)


def schema_of(stream: str) -> str:
    return "scoring" if stream == "figures" else "intake"


Rewrite = Callable[[list[Piece]], list[Piece]]


def changed(pieces: list[Piece]) -> list[Piece]:
    first = pieces[0]
    events = [first.events[0].replace(GOOD, BETTER), *first.events[1:]]
    assert events != first.events, "void: nothing was changed"
    return [replace(first, events=events), *pieces[1:]]


def with_own_hash(pieces: list[Piece]) -> list[Piece]:
    first, *others = changed(pieces)
    return [replace(first, hash=chained(GENESIS, pack(first.events))), *others]


def without_an_event(pieces: list[Piece]) -> list[Piece]:
    return [replace(pieces[0], events=pieces[0].events[1:]), *pieces[1:]]


def without_a_run(pieces: list[Piece]) -> list[Piece]:
    return [pieces[0], *pieces[2:]]


def two_events_swapped(pieces: list[Piece]) -> list[Piece]:
    one, two, *others = pieces[0].events
    return [replace(pieces[0], events=[two, one, *others]), *pieces[1:]]


def two_runs_swapped(pieces: list[Piece]) -> list[Piece]:
    return [pieces[1], pieces[0], *pieces[2:]]


def two_bodies_swapped(pieces: list[Piece]) -> list[Piece]:
    one, two, *others = pieces
    return [replace(one, events=two.events), replace(two, events=one.events), *others]


def one_more_event(pieces: list[Piece]) -> list[Piece]:
    return [replace(pieces[0], events=[*pieces[0].events, pieces[1].events[0]]), *pieces[1:]]


def two_runs_as_one(pieces: list[Piece]) -> list[Piece]:
    one, two, *others = pieces
    return [replace(one, events=one.events + two.events), *others]


def cut_far(pieces: list[Piece]) -> list[Piece]:
    return pieces[:1]


def cut_short(pieces: list[Piece]) -> list[Piece]:
    return pieces[:-1]


def nothing(_: list[Piece]) -> list[Piece]:
    return []
