"""The public sums against what they are made of: batches, released leaves, rollups."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.figure import Counted
from services.scoring.domain.period import Period
from services.scoring.domain.publication.label import BadLabel, Label, leaf
from services.scoring.domain.publication.plan import Batch
from services.scoring.domain.publication.release import Counters, summed
from services.scoring.domain.publication.sums import SumKey, scopes_of, sums_of
from services.scoring.store import audit
from services.scoring.store.batches import StoredBatch
from services.scoring.store.publication import COLUMNS, as_counted

EXAMPLES = 5
Published = Mapping[SumKey, Counters]
OfYears = dict[tuple[str, int], Counters]


class BatchSums:
    """Takes all batches in order of number: their sums, and those that one figure holds."""

    def __init__(self, scope: str, period: Period, upto: int) -> None:
        self.faults: list[str] = []
        self.sums: dict[SumKey, Counters] = {}
        self.answers: Counter[int] = Counter()
        self._scope, self._period, self._upto = scope, period, upto
        self._of_figure: dict[str, Counters] = {}
        self._position = 0

    def add(self, page: Sequence[StoredBatch]) -> None:
        """The next batches."""
        for stored in page:
            if stored.number != self._position + 1:
                self.faults.append(f"batch {self._position + 1} is missing")
            self._position = stored.number
            try:
                self._take(stored.number, batch_of(stored))
            except BadLabel as wrong:
                self.faults.append(f"batch {stored.number}: {wrong}")

    def finish(self, number: int) -> None:
        """How many there should be."""
        if self._position != number:
            self.faults.append(f"the batches end at {self._position}, not at {number}")

    def by_series(self) -> Mapping[str, Counted]:
        """What the figure is made of."""
        return {series: as_counted(sums) for series, sums in self._of_figure.items()}

    def _take(self, number: int, batch: Batch) -> None:
        label = batch.label
        self.answers[label.start.year] += batch.counters[0]
        for key, counters in sums_of([batch]).items():
            self.sums[key] = _added(self.sums.get(key), counters)
        within = label.lies_in(self._period) and self._scope in scopes_of(label)
        if number <= self._upto and within:
            sums = self._of_figure
            sums[label.series] = _added(sums.get(label.series), batch.counters)


def batch_of(stored: StoredBatch) -> Batch:
    """A stored batch under its label; its members are not kept. Raises BadLabel."""
    label = Label.between(
        stored.service, stored.place, stored.series, start=stored.start, last=stored.last
    )
    return Batch(label, tuple(stored.counters), {})


async def differing_sums(
    connection: AsyncConnection, stored: Published, batches: BatchSums
) -> list[str]:
    """Public sums that are not those of the batches, and years with other answers released."""
    wrong = [
        f"{key[0]} {key[1]} to {key[2]} {key[3]}: published {_n(stored, key)} answers, "
        f"the batches have {_n(batches.sums, key)}{_besides_n(stored, batches.sums, key)}"
        for key in sorted(stored.keys() | batches.sums.keys())
        if _different(stored.get(key), batches.sums.get(key))
    ]
    released: Counter[int] = Counter()
    async for (_, _, _, start), counts in audit.released(connection):
        released[start.year] += counts[0]
    for year in sorted(released.keys() | batches.answers.keys()):
        if released[year] != batches.answers[year]:
            gone, out = released[year], batches.answers[year]
            wrong.append(f"{year}: {gone} answers were released, the batches have {out}")
    return wrong


async def beyond_counted(connection: AsyncConnection, stored: Published) -> list[str]:
    """Leaves and scopes of which more is public than was counted."""
    counted = {key: counts async for key, counts in audit.counted(connection)}
    none = (0,) * len(audit.COUNTS)
    wrong = [
        f"{' '.join(map(str, key))}: more is released than was counted"
        async for key, counts in audit.released(connection)
        if _exceeds(counts, counted.get(key, none))
    ]
    whole = _by_scope((leaf(*key), counts) for key, counts in counted.items())
    for (scope, year), counts in sorted(_of_years(stored).items()):
        if _exceeds(counts, whole.get((scope, year), none)):
            wrong.append(f"{scope} {year}: more is public than was counted")
    return wrong


def shortened(faults: Iterable[str]) -> str:
    """The first of many, and that there are more."""
    first = list(islice(faults, EXAMPLES + 1))
    return "; ".join(first[:EXAMPLES]) + (" …" if len(first) > EXAMPLES else "")


def _by_scope(leaves: Iterable[tuple[Label, Counters]]) -> OfYears:
    found: OfYears = {}
    for label, counts in leaves:
        for scope in scopes_of(label):
            key = (scope, label.start.year)
            found[key] = _added(found.get(key), counts)
    return found


def _of_years(sums: Published) -> OfYears:
    """COUNTS of each scope and year, over the periods and series of its sums."""
    places = [COLUMNS.index(name) for name in audit.COUNTS]
    found: OfYears = {}
    for (scope, start, _, _), counters in sums.items():
        key = (scope, start.year)
        found[key] = _added(found.get(key), tuple(counters[place] for place in places))
    return found


def _added(before: Counters | None, more: Counters) -> Counters:
    return more if before is None else summed([before, more])


def _different(one: Counters | None, other: Counters | None) -> bool:
    """No row is the same as a row of zeros."""
    if one is None or other is None:
        return any(one or ()) or any(other or ())
    return one != other


def _exceeds(public: Counters, counted: Counters) -> bool:
    return any(more > there for more, there in zip(public, counted, strict=True))


def _n(sums: Published, key: SumKey) -> int:
    return sums[key][0] if key in sums else 0


def _besides_n(one: Published, other: Published, key: SumKey) -> str:
    return ", with other scores" if _n(one, key) == _n(other, key) else ""
