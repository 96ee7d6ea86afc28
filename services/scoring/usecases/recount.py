"""Count again from the log, in memory, and compare with what is stored: bit for bit."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TypeVar

import msgspec

from services.scoring.domain.corrections import Correction
from services.scoring.domain.fold import COLUMNS, Key, add_rows
from services.scoring.store.external import External, Place
from services.scoring.store.snapshot import Applied, Rows
from services.scoring.usecases.count import Folder
from services.scoring.usecases.external import externals_in
from services.scoring.usecases.read_log import LogReader, stored_runs
from shared.consume.apply import CANNOT_APPLY
from shared.consume.spans import Span
from shared.log import Run

# Stream, events done, events in all.
Progress = Callable[[str, int, int], None]
RowKey = TypeVar("RowKey", Key, Place)
_EVENTS_A_FOLD = 100_000


class Difference(msgspec.Struct, frozen=True):
    """One counter that is not what the log says; None = the whole row is missing there.

    `extent` tells whole answers from partial ones; it is empty for a profile, and of an own
    element the questionnaire and its code.
    """

    table: str
    service: str
    place: str
    series: str
    grain: str
    start: str
    extent: str
    column: str
    stored: int | None
    counted: int | None


class Recount:
    """Folds the events that were applied, and no others."""

    def __init__(self, in_force: Mapping[str, Sequence[Correction]] | None = None) -> None:
        """`in_force`: the corrections by stream."""
        self._in_force = in_force or {}
        self.rows: dict[str, Rows] = {table: {} for table in COLUMNS}
        self.externals: dict[Place, External] = {}
        self.events = 0
        self.uncountable: list[tuple[str, int]] = []
        self._folder = Folder()
        self._waiting: list[Run] = []
        self._waiting_events = 0

    def add(self, run: Run, applied: Sequence[Span]) -> None:
        """Count the applied events of a run."""
        for part in run.only(applied):
            self._waiting.append(part)
            self._waiting_events += part.last - part.first + 1
        if self._waiting_events >= _EVENTS_A_FOLD:
            self.finish()

    def finish(self) -> None:
        """Fold what is still waiting."""
        pieces, self._waiting, self._waiting_events = [self._waiting], [], 0
        while pieces:
            runs = pieces.pop()
            try:
                self._fold(runs)
            except CANNOT_APPLY:
                pieces += self._halves(runs)

    def _fold(self, runs: list[Run]) -> None:
        """All of them or none: what fails is folded again in halves."""
        folded = []
        for stream, some in groupby(runs, lambda run: run.stream):
            in_force = self._in_force.get(stream, ())
            counters, _, mixed = self._folder.fold(list(some), in_force)
            folded.append((counters, [each for run in mixed for each in externals_in(run)]))
        for counters, externals in folded:
            self.externals |= {each.place: each for each in externals}
            for table, rows in counters.rows().items():
                add_rows(self.rows[table], rows)
        self.events += sum(run.last - run.first + 1 for run in runs)

    def _halves(self, runs: list[Run]) -> list[list[Run]]:
        """Narrow down to the one event that cannot be counted, and note it."""
        if len(runs) > 1:
            middle = len(runs) // 2
            return [runs[:middle], runs[middle:]]
        run = runs[0]
        if run.first == run.last:
            self.uncountable.append((run.stream, run.first))
            return []
        middle = (run.first + run.last) // 2
        return [[part] for part in run.only([(run.first, middle), (middle + 1, run.last)])]


async def recount(log: LogReader, applied: Applied, into: Recount, progress: Progress) -> None:
    """Count the applied events of all streams, reading no more of the log than needed."""
    for stream, spans in applied.items():
        if not spans:
            continue
        start, end = spans[0][0] - 1, spans[-1][1]
        async for run in stored_runs(log, stream, after=start, upto=end):
            into.add(run, spans)
            progress(stream, run.last - start, end - start)
    into.finish()


def differences(stored: Mapping[str, Rows], counted: Mapping[str, Rows]) -> Iterator[Difference]:
    """Every counter that differs, in the order of tables and keys."""
    for table, columns in COLUMNS.items():
        for key in sorted(differing(stored[table], counted[table])):
            before, after = stored[table].get(key), counted[table].get(key)
            for place, column in enumerate(columns):
                have = None if before is None else before[place]
                want = None if after is None else after[place]
                if have != want:
                    yield _difference(table, key, column, have, want)


def _difference(
    table: str, key: Key, column: str, have: int | None, want: int | None
) -> Difference:
    service, place, series, grain, start, *rest = key
    extent = " ".join(rest)
    return Difference(table, service, place, series, grain, start, extent, column, have, want)


def differing(stored: Mapping[RowKey, object], counted: Mapping[RowKey, object]) -> set[RowKey]:
    """The keys of rows that are not the same, or on one side only."""
    return {key for key in stored.keys() | counted.keys() if stored.get(key) != counted.get(key)}
