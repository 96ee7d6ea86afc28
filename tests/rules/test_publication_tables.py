"""No small cell of a distribution or profile is shown, or follows from all that is public (P19).

The attacker knows more than the public: each batch and each table by itself, not only their sums
per figure, and of each batch the n, an element's n and its sum of scores. The unknowns are how
often each score was given in each batch. Nobody withdraws, so a cell of 0 is known to be empty.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import pytest

from services.scoring.domain.publication.cells import clear, with_rest
from services.scoring.domain.publication.label import Label, leaf
from services.scoring.domain.publication.plan import plan
from services.scoring.domain.publication.release import (
    DISTRIBUTION,
    NOTHING_HIDDEN,
    PROFILE,
    Answers,
    Distribution,
    Part,
    Profile,
    Rule,
    summed,
    without,
)
from services.scoring.domain.publication.shown import shown_distribution
from tests.rules.test_publication_attacker import FEW, Space
from tests.rules.test_publication_city import (
    ELEMENTS,
    FIGURES,
    GROUPS,
    SUBSETS,
    City,
    Scores,
    Sums,
    last_day,
    plus,
    some_leaf,
)

YEAR_END = date(2026, 12, 31)
SKIPPED = 0
CATEGORIES = (1, 2, 3, 4, SKIPPED)
NONE = (0,) * len(CATEGORIES)
# The first two elements are elements; the third stands for an attribute, which goes with n.
RULE = Answers(elements=ELEMENTS[:2], over_elements=frozenset())
ATTRIBUTE = 3
FIGURES_OF_ALL = [figure for figure in FIGURES if figure.series == SUBSETS[0]]

# The batch of an answer's n, and that of its element, if it answered it and that is out.
Class = tuple[int, int | None]
Unit = tuple[Class, int]
Vector = Counter[Unit]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was given out; the batches that each shown cell is made of."""

    label: Label
    cells: Sums
    batches: dict[int, list[int]]


@dataclass
class Tables:
    """The tables of one group of columns of a city: an element, or an attribute."""

    city: City
    group: int
    rule: Rule
    public: dict[Label, Sums] = field(default_factory=dict)
    released: dict[Label, Sums] = field(default_factory=dict)
    taken_in: int = 0
    waiting: dict[tuple[Label, int], list[int]] = field(default_factory=dict)
    given: list[Table] = field(default_factory=list)

    def publish(self, closed_through: date) -> None:
        """Take the new batches in, and give the tables out that can be."""
        for number in range(self.taken_in, len(self.city.batches)):
            batch = self.city.batches[number]
            cells = with_rest(batch.counters[GROUPS[self.group]], batch.counters[0])
            self.public[batch.label] = plus(self.public.get(batch.label, NONE), cells)
            for place in range(len(CATEGORIES)):
                self.waiting.setdefault((batch.label, place), []).append(number)
        self.taken_in = len(self.city.batches)
        pending = {
            label: plus(cells, self.released.get(label, NONE), -1)
            for label, cells in self.public.items()
        }
        for batch in plan(pending, closed_through, rule=self.rule).batches:
            made_of: dict[int, list[int]] = {}
            for label, cells in batch.members.items():
                self.released[label] = plus(self.released.get(label, NONE), cells)
                for place in range(len(CATEGORIES)):
                    made_of.setdefault(place, []).extend(self.waiting.pop((label, place), []))
            for place in batch.hidden:
                del made_of[place]
            self.given.append(Table(batch.label, batch.counters, made_of))


@dataclass
class Unknowns:
    """What the attacker of some tables wants to know, and the truth."""

    tables: Tables
    truth: Vector = field(default_factory=Counter)

    def __post_init__(self) -> None:
        city, group = self.tables.city, self.tables.group
        of_n, of_group = _batches_of(city, 0), _batches_of(city, group)
        for number, scores in enumerate(city.scores):
            if number in of_n:
                score = scores[group - 1] or SKIPPED
                self.truth[(of_n[number], of_group.get(number)), score] += 1
        for each in {each for each, _ in self.truth}:
            for score in CATEGORIES[:4] if each[1] is not None else CATEGORIES:
                self.truth[each, score] += 0

    def n_of(self, number: int) -> Vector:
        """The answers of a batch."""
        return Counter({unit: 1 for unit in self.truth if unit[0][0] == number})

    def answered(self, number: int, score: int | None = None) -> Vector:
        """The answers of a batch to the element, all of them or those of one score."""
        return Counter(
            {unit: 1 for unit in self.truth if unit[0][1] == number and score in (None, unit[1])}
        )

    def total(self, number: int) -> Vector:
        """The sum of scores of a batch."""
        return Counter({unit: unit[1] for unit in self.answered(number)})

    def cell(self, table: Table, place: int) -> Vector:
        """A cell of a table."""
        vector: Vector = Counter()
        for number in table.batches[place]:
            if CATEGORIES[place] == SKIPPED:
                vector.update(self.n_of(number))
                vector.subtract(self.answered(number))
            else:
                vector.update(self.answered(number, CATEGORIES[place]))
        return vector

    def value(self, vector: Vector) -> int:
        """What a vector comes to in truth."""
        return sum(times * self.truth[unit] for unit, times in vector.items())

    def wanted(self, score: int) -> Iterator[Vector]:
        """Small cells of one score: of each batch, of each table, and of each figure."""
        batches = self.tables.city.batches
        sets = [{number} for number in range(len(batches))]
        sets += [set().union(*table.batches.values()) for table in self.tables.given]
        sets += [
            {number for number, batch in enumerate(batches) if figure.covers(batch.label)}
            for figure in FIGURES_OF_ALL
        ]
        for numbers in sets:
            for place in (0, 1) if score != SKIPPED else (0,):
                units = [unit for unit in self.truth if unit[1] == score]
                vector = Counter({unit: 1 for unit in units if unit[0][place] in numbers})
                if 0 < self.value(vector) < FEW:
                    yield vector

    def knowledge(self, *, sums: bool) -> Space:
        """All that is public, with or without what elements' means tell."""
        space = Space()
        for number in range(len(self.tables.city.batches)):
            space.add(self._numbered(self.n_of(number)))
            if sums:
                space.add(self._numbered(self.answered(number)))
                space.add(self._numbered(self.total(number)))
        for table in self.tables.given:
            for place in table.batches:
                for known in self._known(self.cell(table, place)):
                    space.add(self._numbered(known))
        return space

    def found(self, space: Space, score: int) -> int:
        """How many small cells of a score the attacker knows."""
        return sum(self._numbered(vector) in space for vector in self.wanted(score))

    def _known(self, cell: Vector) -> Iterator[Vector]:
        if self.value(cell) == 0 and min(cell.values(), default=0) >= 0:
            yield from (Counter({unit: 1}) for unit in cell if cell[unit])
        yield cell

    def _numbered(self, vector: Vector) -> dict[int, int]:
        places = {unit: place for place, unit in enumerate(self.truth)}
        return {places[unit]: times for unit, times in vector.items() if times}


def _batches_of(city: City, group: int) -> dict[int, int]:
    return {
        number: batch
        for batch, row in enumerate(city.contents[group])
        for number in range(len(city.scores))
        if row.plus >> number & 1
    }


def a_city(group: int, rule: Rule, seed: int, weights: tuple[int, ...] = (1, 2, 6, 6)) -> Tables:
    """Two busy months, with tables after each of them and at the year's end."""
    chance = random.Random(seed)
    tables = Tables(City(RULE), group, rule)
    for month in (1, 2):
        for _ in range(12):
            for _ in range(60):
                where = some_leaf(chance, month)
                tables.city.answer(where, _scores(chance, where, weights))
            tables.city.publish(last_day(month - 1) if month > 1 else date(2025, 12, 31))
        tables.city.publish(last_day(month))
        tables.publish(last_day(month))
    tables.city.publish(YEAR_END)
    tables.publish(YEAR_END)
    return tables


def _scores(chance: random.Random, where: Label, weights: tuple[int, ...]) -> Scores:
    likely = (0, 0, 1, 3) if where.service == "rsud.rawat" else weights
    return tuple(
        None if chance.random() < skip else chance.choices((1, 2, 3, 4), likely)[0]
        for skip in (0.0, 0.04, 0.15)
    )


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("group", [1, 2])
def test_no_small_cell_of_a_distribution_is_found(group: int, seed: int) -> None:
    unknowns = Unknowns(a_city(group, DISTRIBUTION, seed))
    sums, counts = unknowns.knowledge(sums=True), unknowns.knowledge(sums=False)

    assert len(unknowns.tables.given) > 3
    assert any(True for _ in unknowns.wanted(1))
    assert sum(unknowns.found(sums, score) for score in (1, 2, 3, 4)) == 0
    assert unknowns.found(counts, SKIPPED) == 0


@pytest.mark.parametrize("seed", range(2))
def test_no_small_cell_of_a_profile_is_found(seed: int) -> None:
    unknowns = Unknowns(a_city(ATTRIBUTE, PROFILE, seed))
    space = unknowns.knowledge(sums=False)

    assert len(unknowns.tables.given) > 5
    assert sum(unknowns.found(space, score) for score in CATEGORIES) == 0


class OnlyClear(Distribution):
    """Distributions that may show two scores, which each batch's n and mean then split."""

    def hides(
        self, parts: Sequence[Part], limit: int, *, last: bool = False
    ) -> frozenset[int] | None:
        """Nothing, if no cell is small."""
        cells = summed([part.counters for part in parts])
        return NOTHING_HIDDEN if clear(cells, limit) else None


class OnlySmall(Profile):
    """Profiles that hide the small cells and nothing else."""

    def hides(
        self, parts: Sequence[Part], limit: int, *, last: bool = False
    ) -> frozenset[int] | None:
        """The small cells."""
        cells = summed([part.counters for part in parts])
        small = frozenset(place for place, cell in enumerate(cells) if 0 < cell < limit)
        return small if any(without(cells, small)) else None


def test_a_distribution_of_two_scores_would_betray_those_of_a_batch() -> None:
    unknowns = Unknowns(a_city(1, OnlyClear(), 0))
    space = unknowns.knowledge(sums=True)

    assert sum(unknowns.found(space, score) for score in (1, 2, 3, 4)) > 0


def test_a_profile_without_a_second_hidden_cell_would_betray_the_first() -> None:
    unknowns = Unknowns(a_city(ATTRIBUTE, OnlySmall(), 0))
    space = unknowns.knowledge(sums=False)

    assert sum(unknowns.found(space, score) for score in CATEGORIES) > 0


def test_tables_that_each_may_be_shown_betray_a_third_but_planned_ones_do_not() -> None:
    large, small = (10, 20, 30, 40, 0), (0, 1, 10, 12, 0)
    agency = plus(large, small)
    assert shown_distribution(large, closed=True)
    assert shown_distribution(agency, closed=True)
    assert not shown_distribution(small, closed=True)

    january = date(2026, 1, 1)
    pending = {leaf("rsud.gigi", "", "open", january): large}
    pending[leaf("rsud.rawat", "", "open", january)] = small
    planned = plan(pending, YEAR_END, rule=DISTRIBUTION)

    assert [(batch.label.service, batch.counters) for batch in planned.batches] == [
        ("rsud.gigi", large)
    ]
    assert list(planned.withheld.values()) == [small]


def test_a_table_waits_until_its_months_are_closed() -> None:
    pending = {leaf("rsud.gigi", "", "open", date(2026, 1, 1)): (10, 20, 30, 40, 0)}

    assert not plan(pending, date(2026, 1, 30), rule=DISTRIBUTION).batches
    assert plan(pending, date(2026, 1, 31), rule=DISTRIBUTION).batches


def test_what_a_table_hides_is_never_shown_later() -> None:
    where = leaf("rsud.gigi", "", "open", date(2026, 1, 1))

    batch = plan({where: (50, 40, 3, 9, 0)}, YEAR_END, rule=PROFILE).batches[0]

    assert batch.counters == (50, 40, 0, 0, 0)
    assert batch.members == {where: (50, 40, 3, 9, 0)}


def test_a_table_that_would_hide_more_than_a_quarter_moves_up() -> None:
    january, other = (leaf("rsud.gigi", "", "open", date(2026, month, 1)) for month in (1, 2))
    few = (40, 9, 9, 2, 0)

    assert not plan({january: few}, date(2026, 2, 28), rule=PROFILE).batches
    batch = plan({january: few, other: few}, date(2026, 3, 31), rule=PROFILE).batches[0]

    assert batch.label.key() == ("rsud.gigi", "", "open", "q", "2026-01-01")
    assert batch.counters == (80, 0, 18, 0, 0)
