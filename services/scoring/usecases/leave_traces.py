"""Leave traces: how answers came to be, counted apart from what they say.

Of what was sent, whatever corrections say of it: a mark stays true when its slice is taken out.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.integrity.trace import Key, Shape, Tracks, minute_of, shape_of
from services.scoring.store import trace
from services.scoring.usecases.count import MEMORY, scores_of, told
from shared.log import Run


class Tracer:
    """Counts runs of feedback into traces; remembers what equal answers look like."""

    def __init__(self) -> None:
        self._shapes: dict[bytes, Shape] = {}

    async def apply(self, connection: AsyncConnection, runs: Sequence[Run]) -> None:
        """Add runs that were never applied before, inside the checkpoint's transaction."""
        await trace.add(connection, self.count(runs))

    def count(self, runs: Sequence[Run]) -> dict[Key, Tracks]:
        """Raises msgspec.ValidationError, TypeError or ValueError for a bad event."""
        counted: dict[Key, Tracks] = {}
        days: dict[str, date] = {}
        for run in runs:
            for event in told(run):
                data = event.data
                key = (data.service, event.day, data.place, data.series, event.key or "")
                day = days.get(event.day) or days.setdefault(
                    event.day, date.fromisoformat(event.day)
                )
                tracks = counted.get(key) or counted.setdefault(key, Tracks())
                tracks.add(self._shape_of(bytes(data.answers)), minute_of(day, event.time))
        return counted

    def _shape_of(self, answers: bytes) -> Shape:
        known = self._shapes.get(answers)
        if known is None:
            if len(self._shapes) >= MEMORY:
                self._shapes.clear()
            known = self._shapes[answers] = shape_of(scores_of(answers))
        return known
