"""No combination of all public values of all times isolates fewer than ten answers (P19).

The same attacker finds answers behind simpler gates, so these tests can fail.
"""

import random
from collections.abc import Callable, Sequence
from datetime import date

import pytest

from services.scoring.domain.publication.label import leaf
from services.scoring.domain.publication.release import NOTHING_HIDDEN, Answers, Part
from tests.rules.test_publication_attacker import FEW, Row, closest, isolated, smallest_cut
from tests.rules.test_publication_city import (
    ELEMENTS,
    FIGURES,
    GROUPS,
    SUBSETS,
    City,
    Figure,
    Scores,
    last_day,
    members,
    some_leaf,
    some_scores,
)

YEAR_END = date(2026, 12, 31)
STEPS_A_MONTH = 15
Watch = Callable[[City], None]


def nobody(_: City) -> None:
    """Nobody watches."""


def live(city: City, seed: int, months: Sequence[int], watch: Watch = nobody) -> City:
    """Let a city live for some months and a while after the year's end."""
    chance = random.Random(seed)
    closed = date(2025, 12, 31)
    for month in months:
        for _ in range(STEPS_A_MONTH):
            happen(city, chance, month)
            city.publish(closed)
            watch(city)
        closed = last_day(month)
    for _ in range(10):
        city.publish(YEAR_END)
        watch(city)
        happen(city, chance, chance.choice(months))
    city.publish(YEAR_END)
    watch(city)
    return city


def happen(city: City, chance: random.Random, month: int) -> None:
    """Answers, late answers, withdrawals, corrections, and sometimes a quarantine."""
    for _ in range(chance.randrange(70)):
        late = month if chance.random() < 0.9 else chance.randrange(1, month + 1)
        city.answer(some_leaf(chance, late), some_scores(chance))
    if not city.scores:
        return
    for _ in range(chance.randrange(3)):
        city.withdraw(chance.randrange(len(city.scores)))
    if chance.random() < 0.3:
        city.correct(chance.randrange(len(city.scores)), some_scores(chance))
    if city.batches and chance.random() < 0.08:
        quarantine(city, chance)


def quarantine(city: City, chance: random.Random) -> None:
    """The worst choice: all but one of a batch, and one of another."""
    first, second = chance.choice(city.contents[0]), chance.choice(city.contents[0])
    for number in [*list(members(first.plus))[1:], *list(members(second.plus))[:1]]:
        city.withdraw(number)


@pytest.mark.parametrize("knows_withdrawals", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_the_gate_withstands(seed: int, knows_withdrawals: bool) -> None:
    city = live(City(knows_withdrawals=knows_withdrawals), seed, range(1, 7))

    assert len(city.batches) > 70
    assert any(row.minus for row in city.contents[0])
    for group in range(len(GROUPS)):
        rows = list(dict.fromkeys(city.rows(group)))
        assert isolated(rows) == []
        assert (closest(rows) or FEW) >= FEW
        # Of all combinations, not only those of two: the argument of the package, tested.
        assert (smallest_cut(city.contents[group]) or FEW) >= FEW


class MovedByTen:
    """A simple gate: a figure is published when its own n has moved by ten."""

    def __init__(self) -> None:
        self.public: dict[Figure, int] = {}
        self.rows: set[Row] = set()

    def __call__(self, city: City) -> None:
        """Publish what moved far enough."""
        for figure in FIGURES:
            if figure.series == SUBSETS[0]:
                now = self._answers(city, figure)
                before = self.public.get(figure, 0)
                if abs(now.bit_count() - before.bit_count()) >= FEW <= now.bit_count():
                    self.public[figure] = now
                    self.rows.add(Row(now))

    @staticmethod
    def _answers(city: City, figure: Figure) -> int:
        covered = {where for where in city.rollups if figure.covers(where)}
        return sum(
            1 << number
            for number, where in enumerate(city.leaves)
            if where in covered and number not in city.gone
        )


def test_a_gate_per_figure_is_seen_through() -> None:
    gate = MovedByTen()
    live(City(), 1, (1,), gate)

    assert isolated(gate.rows)
    assert (closest(gate.rows) or FEW) < FEW


def test_a_gate_that_shows_closed_months_exactly_is_seen_through() -> None:
    city, chance = City(), random.Random(2)
    for _ in range(300):
        city.answer(some_leaf(chance, 1), some_scores(chance))
        city.publish()
    exact = dict.fromkeys(city.rollups, 0)
    for number, where in enumerate(city.leaves):
        exact[where] |= 1 << number
    large = [Row(answers) for answers in exact.values() if answers.bit_count() >= FEW]

    assert isolated([*city.rows(0), *large])


class TenEitherWay(Answers):
    """A gate that also gives out ten withdrawals."""

    def hides(
        self, parts: Sequence[Part], limit: int, *, last: bool = False
    ) -> frozenset[int] | None:
        """Whether the net is large, of whatever sign."""
        return NOTHING_HIDDEN if abs(sum(part.counters[0] for part in parts)) >= limit else None


def all_answered(city: City, how_many: int) -> list[int]:
    """So many whole answers in one leaf, given out together."""
    where = leaf("rsud.gigi", "", "open", date(2026, 1, 1))
    numbers = [city.answer(where, (3, 3, 4)) for _ in range(how_many)]
    city.publish()
    return numbers


@pytest.mark.parametrize("rule", [TenEitherWay(), Answers(ELEMENTS, frozenset())])
def test_ten_withdrawals_alone_would_betray_two_answers(rule: Answers) -> None:
    city = City(rule)
    first, second = all_answered(city, 10), all_answered(city, 10)
    for number in [*first[:9], second[0]]:
        city.withdraw(number)
    city.publish()

    seen_through = isinstance(rule, TenEitherWay)
    assert ((smallest_cut(city.contents[0]) or FEW) < FEW) is seen_through
    assert ((closest([*city.contents[0], *city.rows(0)]) or FEW) < FEW) is seen_through


def test_ten_withdrawals_ride_with_ten_new_answers_if_it_is_known_that_they_are_ten() -> None:
    city = City(knows_withdrawals=True)
    first = all_answered(city, 30)
    for number in first[:25]:
        city.withdraw(number)
    assert city.publish().batches == ()
    all_answered(city, 10)

    assert [batch.counters[0] for batch in city.batches] == [30, -15]
    assert smallest_cut(city.contents[0]) == 15


def test_scores_that_are_only_moved_wait() -> None:
    city = City()
    for number in all_answered(city, 12):
        city.correct(number, (1, 1, 1))

    assert city.publish().batches == ()


class AllElements(Answers):
    """A gate that does not look at elements."""

    def __init__(self) -> None:
        super().__init__(elements=(), over_elements=frozenset())


@pytest.mark.parametrize(
    ("rule", "seen_through"), [(AllElements(), True), (Answers(ELEMENTS, frozenset()), False)]
)
def test_an_element_that_one_of_many_answered_is_hidden(rule: Answers, seen_through: bool) -> None:
    city = City(rule)
    where = leaf("rsud.gigi", "", "open", date(2026, 1, 1))
    told: list[Scores] = [(3, 4, 2), *[(4, 4, None)] * 34]
    for scores in told:
        city.answer(where, scores)
    city.publish()

    assert city.batches[0].counters[0] == 35
    assert bool(isolated(city.rows(3))) is seen_through


def test_what_was_hidden_never_goes_out_later() -> None:
    city = City()
    where = leaf("rsud.gigi", "", "open", date(2026, 1, 1))
    for few in (5, 12):
        for number in range(35):
            city.answer(where, (3, 4, 2 if number < few else None))
        city.publish()

    assert [sum(batch.counters[ELEMENTS[2]]) for batch in city.batches] == [0, 12]
