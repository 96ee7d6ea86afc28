"""Sums over whole answers and the elements' sums together tell nobody's scores (P19).

Totals of whole answers carry the interval of an index. Less the elements' sums they are the sum of
the partial answers, which may be one. Unknown is the sum of scores of each element in each batch,
of whole and of partial answers apart; the attacker knows each batch and each table by itself.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date

import pytest

from services.scoring.domain.publication.label import Label, leaf
from services.scoring.domain.publication.plan import plan
from services.scoring.domain.publication.release import MOMENTS, Rule
from tests.rules.test_publication_attacker import FEW, Space
from tests.rules.test_publication_city import (
    GROUPS,
    City,
    Scores,
    Sums,
    last_day,
    members,
    plus,
    some_leaf,
)

YEAR_END = date(2026, 12, 31)
# Batch, whether of whole answers, element.
Unit = tuple[int, bool, int]
Vector = Counter[Unit]


@dataclass
class Totals:
    """The sums over whole answers of a city: which batches each of those given out is made of."""

    city: City
    rule: Rule
    public: dict[Label, Sums] = field(default_factory=dict)
    released: dict[Label, Sums] = field(default_factory=dict)
    waiting: dict[Label, list[int]] = field(default_factory=dict)
    taken_in: int = 0
    given: list[list[int]] = field(default_factory=list)

    def publish(self, closed_through: date) -> None:
        """Take in what the batches that hide nothing add, and give out what can be."""
        for number in range(self.taken_in, len(self.city.batches)):
            batch = self.city.batches[number]
            if not batch.hidden:
                extents = extents_of(self.city, number)
                self.public[batch.label] = plus(self.public.get(batch.label, (0, 0)), extents)
                self.waiting.setdefault(batch.label, []).append(number)
        self.taken_in = len(self.city.batches)
        pending = {
            label: plus(sums, self.released.get(label, (0, 0)), -1)
            for label, sums in self.public.items()
        }
        for table in plan(pending, closed_through, rule=self.rule).batches:
            self.given.append([])
            for label, sums in table.members.items():
                self.released[label] = plus(self.released.get(label, (0, 0)), sums)
                self.given[-1] += self.waiting.pop(label)


def extents_of(city: City, number: int) -> Sums:
    """How many answers of a batch are whole, and how many partial."""
    scores = [city.scores[answer] for answer in members(city.contents[0][number].plus)]
    whole = sum(None not in each for each in scores)
    return whole, len(scores) - whole


def knowledge(totals: Totals) -> Space:
    """All sums of scores that are public."""
    space = Space()
    for number, batch in enumerate(totals.city.batches):
        for element, columns in enumerate(GROUPS[1:]):
            if columns.start not in batch.hidden:
                space.add(numbered({(number, True, element): 1, (number, False, element): 1}))
    for numbers in totals.given:
        space.add(numbered({(each, True, element): 1 for each in numbers for element in range(3)}))
    return space


def found(totals: Totals) -> int:
    """How often the attacker knows a sum of fewer than ten answers of a batch, or of a label."""
    space, city = knowledge(totals), totals.city
    labels: dict[Label, list[int]] = {}
    for number, batch in enumerate(city.batches):
        labels.setdefault(batch.label, []).append(number)
    sets = [[number] for number in range(len(city.batches))]
    sets += [*labels.values(), *totals.given]
    seen = 0
    for numbers in sets:
        for is_whole in (True, False):
            how_many = sum(extents_of(city, number)[not is_whole] for number in numbers)
            if 0 < how_many < FEW:
                units = [[(each, is_whole, element) for each in numbers] for element in range(3)]
                wanted = [*units, [unit for some in units for unit in some]]
                seen += sum(numbered(dict.fromkeys(some, 1)) in space for some in wanted)
    return seen


def numbered(vector: dict[Unit, int]) -> dict[int, int]:
    """A vector with its units as numbers."""
    return {
        6 * batch + 3 * is_whole + element: times
        for (batch, is_whole, element), times in vector.items()
    }


def a_city(seed: int, rule: Rule, skips: tuple[float, ...]) -> Totals:
    """Two busy months, with totals after each of them and at the year's end."""
    chance = random.Random(seed)
    totals = Totals(City(), rule)
    for month in (1, 2):
        for _ in range(12):
            for _ in range(60):
                totals.city.answer(some_leaf(chance, month), _scores(chance, skips))
            totals.city.publish(date(2025, 12, 31))
        totals.city.publish(last_day(month))
        totals.publish(last_day(month))
    totals.city.publish(YEAR_END)
    totals.publish(YEAR_END)
    return totals


def _scores(chance: random.Random, skips: tuple[float, ...]) -> Scores:
    return tuple(None if chance.random() < skip else chance.randint(1, 4) for skip in skips)


@pytest.mark.parametrize("skips", [(0.0, 0.05, 0.02), (0.02, 0.02, 0.8), (0.0, 0.0, 0.1)])
@pytest.mark.parametrize("seed", range(2))
def test_no_sum_of_a_few_answers_is_found(seed: int, skips: tuple[float, ...]) -> None:
    totals = a_city(seed, MOMENTS, skips)

    assert len(totals.given) > 1
    assert found(totals) == 0


class AnyTime:
    """Totals that are given out with each batch, like an element."""

    table = True

    def hides(self, parts: object, limit: int, *, last: bool = False) -> frozenset[int]:
        """Nothing."""
        return frozenset()


def test_totals_of_each_batch_would_betray_its_partial_answers() -> None:
    assert found(a_city(0, AnyTime(), (0.0, 0.05, 0.02))) > 0


@pytest.mark.parametrize(
    ("whole", "partial", "goes"),
    [(10, 0, True), (10, 10, True), (30, 9, False), (9, 0, False), (0, 30, False), (40, -1, False)],
)
def test_totals_need_ten_whole_answers_and_ten_or_no_partial_ones(
    whole: int, partial: int, goes: bool
) -> None:
    where = leaf("rsud.gigi", "", "open", date(2026, 1, 1))

    planned = plan({where: (whole, partial, 3000, 90000)}, YEAR_END, rule=MOMENTS)

    assert bool(planned.batches) is goes
