"""A simulated city whose answers the publication gate gives out, for the attacks on it.

It keeps what the gate must not know: which answers each public sum is made of. Elements are three,
so that many answers are simulated in little time; the gate treats each by itself.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import combinations

from services.scoring.domain.elements import SERIES
from services.scoring.domain.period import Period
from services.scoring.domain.period import parse as period
from services.scoring.domain.publication.label import Label, covers, leaf
from services.scoring.domain.publication.plan import Batch, Plan, plan
from services.scoring.domain.publication.release import Answers, Rule
from services.scoring.domain.scope import Scope
from services.scoring.domain.scope import parse as scope
from tests.rules.test_publication_attacker import Row

ELEMENTS = (slice(1, 5), slice(5, 9), slice(9, 13))
N = slice(0, 1)
GROUPS = (N, *ELEMENTS)
WIDTH = 13
RULE = Answers(elements=ELEMENTS, over_elements=frozenset())
SERVICES = ("disdik.ijazah", "dukcapil.ktp", "dukcapil.kk", "rsud.rawat", "rsud.gigi")
PLACES = ("", "mpp")
SEEN_SERIES = ("invited", "open", "assisted")
START = date(2025, 12, 31)

Scores = tuple[int | None, ...]
Sums = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """What the public may ask for."""

    scope: Scope
    period: Period
    series: tuple[str, ...]

    def covers(self, label: Label) -> bool:
        """Whether the answers of a label belong to it."""
        return covers(self.scope, self.period, self.series, label)


SCOPES = [
    "city",
    *(f"agency:{agency}" for agency in sorted({each.partition(".")[0] for each in SERVICES})),
    *(f"service:{service}" for service in SERVICES),
    "place:mpp",
]
PERIODS = [
    "2026",
    *(f"2026-S{half}" for half in (1, 2)),
    *(f"2026-Q{quarter}" for quarter in (1, 2, 3, 4)),
    *(f"2026-{month:02d}" for month in range(1, 13)),
]
SUBSETS = [
    SERIES,
    *((series,) for series in SEEN_SERIES),
    *combinations(SEEN_SERIES, 2),
    SEEN_SERIES,
    ("agency", "imported"),
]
FIGURES = [
    Figure(scope(about), period(when), tuple(series))
    for about in SCOPES
    for when in PERIODS
    for series in SUBSETS
]


@cache
def figures_of(label: Label) -> list[int]:
    """Which of the figures hold the answers of a label."""
    return [place for place, figure in enumerate(FIGURES) if figure.covers(label)]


def counters_of(scores: Scores) -> Sums:
    """One answer as counters: n, and how often each score was given to each element."""
    return (1, *(int(score == value) for score in scores for value in (1, 2, 3, 4)))


def plus(one: Sums, other: Sums, times: int = 1) -> Sums:
    """One plus so many times the other."""
    return tuple(a + times * b for a, b in zip(one, other, strict=True))


def members(bits: int) -> Iterator[int]:
    """The answers in a bit set."""
    while bits:
        yield (bits & -bits).bit_length() - 1
        bits &= bits - 1


@dataclass(slots=True)
class Waiting:
    """What of a leaf and a group of columns is not out yet: answers to add and to take back."""

    new: int = 0
    back: int = 0


@dataclass
class City:
    """Answers, the rollup of each leaf, what of it is released, and the true contents of it all."""

    rule: Rule = RULE
    knows_withdrawals: bool = False
    leaves: list[Label] = field(default_factory=list)
    scores: list[Scores] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)
    rollups: dict[Label, Sums] = field(default_factory=dict)
    released: dict[Label, Sums] = field(default_factory=dict)
    waiting: dict[tuple[Label, int], Waiting] = field(default_factory=dict)
    batches: list[Batch] = field(default_factory=list)
    contents: list[list[Row]] = field(default_factory=lambda: [[] for _ in GROUPS])

    def answer(self, where: Label, scores: Scores) -> int:
        """An answer is given."""
        number = len(self.scores)
        self.leaves.append(where)
        self.scores.append(scores)
        self._count(where, scores, 1)
        for group in self._groups_of(number):
            self._wait(where, group).new |= 1 << number
        return number

    def withdraw(self, number: int) -> None:
        """An answer is withdrawn, or put into quarantine."""
        if number in self.gone:
            return
        self.gone.add(number)
        where = self.leaves[number]
        self._count(where, self.scores[number], -1)
        for group in self._groups_of(number):
            waiting, bit = self._wait(where, group), 1 << number
            if waiting.new & bit:
                waiting.new &= ~bit
            else:
                waiting.back |= bit

    def correct(self, number: int, scores: Scores) -> int:
        """An answer is withdrawn and given again."""
        self.withdraw(number)
        return self.answer(self.leaves[number], scores)

    def pending(self) -> dict[Label, Sums]:
        """Rollup minus released, of all leaves."""
        nothing = (0,) * WIDTH
        return {
            where: plus(sums, self.released.get(where, nothing), -1)
            for where, sums in self.rollups.items()
        }

    def withdrawn(self) -> dict[Label, Sums]:
        """What of the pending takes released answers back, of all leaves."""
        taken: dict[Label, Sums] = {}
        for (where, group), waiting in self.waiting.items():
            sums = list(taken.get(where, (0,) * WIDTH))
            for number in members(waiting.back):
                for column in range(WIDTH)[GROUPS[group]]:
                    sums[column] += counters_of(self.scores[number])[column]
            taken[where] = tuple(sums)
        return taken

    def publish(self, closed_through: date = START) -> Plan:
        """Plan, and give the batches out."""
        planned = plan(
            self.pending(),
            closed_through,
            rule=self.rule,
            withdrawn=self.withdrawn() if self.knows_withdrawals else None,
        )
        for batch in planned.batches:
            self._give_out(batch)
        return planned

    def rows(self, group: int) -> Iterable[Row]:
        """Every value that any figure ever had, of one group of columns."""
        now = [Row()] * len(FIGURES)
        for batch, row in zip(self.batches, self.contents[group], strict=True):
            for place in figures_of(batch.label):
                now[place] += row
                yield now[place]

    def _give_out(self, batch: Batch) -> None:
        self.batches.append(batch)
        for group, columns in enumerate(GROUPS):
            content = Row()
            for where, sums in batch.members.items():
                waiting = self.waiting.pop((where, group), Waiting())
                # Counters of 0 look the same whether they are hidden or cancel out.
                if columns.start not in batch.hidden and any(sums[columns]):
                    content += Row(waiting.new, waiting.back)
            self.contents[group].append(content)
        for where, sums in batch.members.items():
            self.released[where] = plus(self.released.get(where, (0,) * WIDTH), sums)

    def _wait(self, where: Label, group: int) -> Waiting:
        return self.waiting.setdefault((where, group), Waiting())

    def _groups_of(self, number: int) -> list[int]:
        told = [place + 1 for place, score in enumerate(self.scores[number]) if score is not None]
        return [0, *told]

    def _count(self, where: Label, scores: Scores, times: int) -> None:
        before = self.rollups.get(where, (0,) * WIDTH)
        self.rollups[where] = plus(before, counters_of(scores), times)


def some_leaf(chance: random.Random, month: int) -> Label:
    """A leaf of a month; some services, places and series are rare."""
    service = chance.choices(SERVICES, (6, 5, 3, 2, 1))[0]
    place = chance.choices(PLACES, (4, 1))[0]
    series = chance.choices(SEEN_SERIES, (5, 3, 1))[0]
    return leaf(service, place, series, date(2026, month, 1))


def some_scores(chance: random.Random) -> Scores:
    """Scores; the second element is sometimes skipped, the third is for few."""
    skips = (0.0, 0.08, 0.7)
    return tuple(
        None if chance.random() < skip else chance.choices((1, 2, 3, 4), (1, 2, 6, 6))[0]
        for skip in skips
    )


def last_day(month: int) -> date:
    """The last day of a month of 2026."""
    return period(f"2026-{month:02d}").last


def test_the_city_knows_what_its_public_sums_are_made_of() -> None:
    city, chance = City(), random.Random(1)
    for _ in range(3):
        for _ in range(300):
            city.answer(some_leaf(chance, 1), some_scores(chance))
        city.publish()
        for _ in range(20):
            city.withdraw(chance.randrange(len(city.scores)))
    city.publish(last_day(1))

    assert any(row.minus for row in city.contents[0])
    for group, columns in enumerate(GROUPS):
        for batch, row in zip(city.batches, city.contents[group], strict=True):
            sums = (0,) * WIDTH
            for number in members(row.plus | row.minus):
                times = 1 if row.plus >> number & 1 else -1
                sums = plus(sums, counters_of(city.scores[number]), times)
            assert batch.counters[columns] == sums[columns]
