"""Apply runs exactly once: one transaction locks the checkpoint, applies the new, advances it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import msgspec
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.consume import checkpoint, dead_letters
from shared.consume.spans import Span, size, union, without
from shared.log.run import Run, pack

Apply = Callable[[AsyncConnection, Sequence[Run]], Awaitable[None]]

# What data that does not fit looks like. A bug that raises anything else stops the stream and turns
# /readyz red, which is right: it is not this event's fault.
CANNOT_APPLY = (
    msgspec.MsgspecError,
    DataError,
    IntegrityError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
)


class Applier:
    """Applies runs of any stream through one `apply` function, never the same sequence twice.

    Several appliers over one database each need a `name`: it parts their places in a stream.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        apply: Apply,
        *,
        name: str = "",
        after_commit: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._apply = apply
        self._prefix = f"{name}:" if name else ""
        self._after_commit = after_commit

    def place_in(self, stream: str) -> str:
        """Under which name checkpoint and dead letters of a stream are kept."""
        return self._prefix + stream

    def owns(self, place: str) -> bool:
        """Whether a checkpoint or a dead letter that is kept under this name is ours."""
        return place == self.place_in(place.rpartition(":")[2])

    async def apply(self, stream: str, runs: Sequence[Run]) -> int:
        """Apply what of these runs was never applied; answers the number of events applied."""
        async with self._engine.begin() as connection:
            place = self.place_in(stream)
            applied = await checkpoint.lock(connection, place)
            fresh, spans = _fresh(runs, applied)
            if fresh:
                await self._apply(connection, fresh)
                await checkpoint.advance(connection, place, spans)
        if fresh:
            self._after_commit()
        return size(spans)

    async def apply_one_by_one(self, stream: str, runs: Sequence[Run]) -> int:
        """Apply runs of which some event cannot be applied: halve until it stands alone.

        The good ones are applied at once; a bad one is counted, and set aside after the last
        attempt. Answers how many events were bad.
        """
        pieces, bad = list(runs), 0
        while pieces:
            piece = pieces.pop()
            try:
                await self.apply(stream, [piece])
            except CANNOT_APPLY as reason:
                if piece.first < piece.last:
                    middle = (piece.first + piece.last) // 2
                    pieces += piece.only([(piece.first, middle), (middle + 1, piece.last)])
                    continue
                await self._count_failure(stream, piece, reason)
                bad += 1
        return bad

    async def retry(self, letter: dead_letters.DeadLetter) -> None:
        """Apply a dead letter now; its sequence is already in the checkpoint."""
        stream = letter.stream.removeprefix(self._prefix)
        run = Run(stream, letter.sequence, letter.sequence, pack([letter.event]), "")
        async with self._engine.begin() as connection:
            await checkpoint.lock(connection, letter.stream)
            if await dead_letters.forget(connection, letter):
                await self._apply(connection, [run])
        self._after_commit()

    async def _count_failure(self, stream: str, run: Run, reason: Exception) -> None:
        async with self._engine.begin() as connection:
            place = self.place_in(stream)
            applied = await checkpoint.lock(connection, place)
            if not without([(run.first, run.last)], applied):
                return
            kept = replace(run, stream=place)
            attempts = await dead_letters.count_failure(connection, kept, reason)
            if attempts >= dead_letters.MAX_ATTEMPTS:
                await checkpoint.advance(connection, place, [(run.first, run.last)])


def _fresh(runs: Sequence[Run], applied: Sequence[Span]) -> tuple[list[Run], list[Span]]:
    """The parts of the runs that are neither applied nor in an earlier one of these runs."""
    fresh: list[Run] = []
    taken, spans = list(applied), list[Span]()
    for run in sorted(runs, key=lambda run: run.first):
        new = without([(run.first, run.last)], taken)
        if new:
            fresh += run.only(new)
            spans = union(spans, new)
            taken = union(taken, new)
    return fresh, spans
