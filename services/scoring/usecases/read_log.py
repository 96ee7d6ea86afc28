"""Read a whole log through its feed, or our own from the database, and check its hash chain."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine
from zstandard import ZstdError

from shared.log import Run, read
from shared.log.run import GENESIS, chained

PAGE = 5_000


class Head(Protocol):
    """A stream's newest sequence and the hex hash of its newest run."""

    @property
    def head(self) -> int: ...
    @property
    def tip(self) -> str: ...


class LogReader(Protocol):
    """Where a log can be read: `shared.consume.feed_client.Feed` or `OwnLog`."""

    async def heads(self) -> Mapping[str, Head]: ...
    async def runs(self, stream: str, after: int, limit: int = ...) -> Sequence[Run]: ...


@dataclass(frozen=True, slots=True)
class _OwnHead:
    head: int
    tip: str


class Unreadable(RuntimeError):
    """The log answers, but what it has stored in this place cannot be read."""


class OwnLog:
    """The log in this service's own schema."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def heads(self) -> Mapping[str, Head]:
        """The streams that this service publishes."""
        async with self._engine.connect() as connection:
            found = await read.heads(connection)
        return {stream.name: _OwnHead(stream.head, stream.tip.hex()) for stream in found}

    async def runs(self, stream: str, after: int, limit: int = PAGE) -> Sequence[Run]:
        """The stored runs that hold the next events."""
        async with self._engine.connect() as connection:
            try:
                return await read.runs_between(connection, stream, after, after + limit)
            except ZstdError as broken:
                raise Unreadable(f"{stream} after {after}") from broken


class LogFault(msgspec.Struct, frozen=True):
    """Something is wrong with the log at or before a sequence.

    `changed`: bytes do not match their hash · `gap`: sequences are missing or twice there ·
    `cut`: the log ends before its head · `tip`: the head's hash is not that of the last run ·
    `beyond_head`: we applied events that the log does not have · `unreadable`: no JSON at all ·
    `external`: what was measured elsewhere is not stored as it was sent.
    """

    stream: str
    sequence: int
    fault: str


class ChainCheck:
    """Follows the hash chain of one stream from its first event."""

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.position = 0
        self.faults: list[LogFault] = []
        self._tip = GENESIS

    def add(self, run: Run) -> None:
        """The next stored run, whole."""
        if run.first != self.position + 1 or len(run.events()) != run.last - run.first + 1:
            self._report(run.first, "gap")
        elif chained(self._tip, run.body).hex() != run.chain:
            self._report(run.first, "changed")
        # Go on from what the log says, so that a later fault is found, too.
        self._tip = bytes.fromhex(run.chain)
        self.position = run.last

    def give_up(self) -> None:
        """What comes next cannot be read."""
        self._report(self.position + 1, "unreadable")

    def finish(self, head: Head) -> None:
        """The end that the log claims to have."""
        if self.position != head.head:
            self._report(self.position + 1, "cut")
        elif self._tip.hex() != head.tip:
            self._report(head.head, "tip")

    def _report(self, sequence: int, fault: str) -> None:
        self.faults.append(LogFault(self.stream, sequence, fault))


async def stored_runs(
    log: LogReader, stream: str, *, after: int = 0, upto: int
) -> AsyncIterator[Run]:
    """The runs of a stream from `after` to `upto`, whole again where a page of the feed cut one."""
    held: Run | None = None
    while after < upto:
        page = await log.runs(stream, after, min(PAGE, upto - after))
        if not page or page[-1].last <= after:
            break
        after = page[-1].last
        for run in page:
            if held is not None and run.chain == held.chain and run.first == held.last + 1:
                held = _joined(held, run)
                continue
            if held is not None:
                yield held
            held = run
    if held is not None:
        yield held


def _joined(start: Run, end: Run) -> Run:
    return replace(start, last=end.last, body=start.body[:-1] + b"," + end.body[1:])
