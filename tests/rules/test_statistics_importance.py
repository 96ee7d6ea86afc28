"""Which elements matter: the correlation by definition, the quadrants, weakest and strongest."""

import statistics
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain import ikm
from services.scoring.domain.elements import CODES
from services.scoring.domain.ikm import Tally, WeightMethod
from services.scoring.domain.statistics.importance import (
    QUADRANT_WORDS,
    Quadrant,
    importances,
    standings,
    weakest_and_strongest,
)
from services.scoring.domain.statistics.moments import Moments
from services.scoring.domain.weights import EQUAL, Weights

Answers = Sequence[tuple[int, ...]]
Sums = tuple[Moments, list[Tally], list[int]]
answers = st.lists(st.tuples(*[st.integers(1, 4)] * 9), min_size=2, max_size=30)


def sums_of(answers: Answers) -> Sums:
    totals = [sum(scores) for scores in answers]
    tallies = [tally_of(scores) for scores in zip(*answers, strict=True)]
    products = [
        sum(score * total for score, total in zip(scores, totals, strict=True))
        for scores in zip(*answers, strict=True)
    ]
    moments = Moments(len(totals), sum(totals), sum(total * total for total in totals))
    return moments, tallies, products


def tally_of(scores: tuple[int, ...]) -> Tally:
    one, two, three, four = (scores.count(score) for score in (1, 2, 3, 4))
    return Tally((one, two, three, four))


def with_nrr(*hundredths: int) -> list[Tally]:
    """Tallies of a hundred answers with these means: 3 or 4 as often as it takes."""
    return [Tally((0, 0, 400 - nrr, nrr - 300)) for nrr in hundredths]


@given(answers)
def test_importance_is_the_correlation_with_the_rest_of_the_answer(answers: Answers) -> None:
    found = importances(*sums_of(answers))

    for place, importance in enumerate(found):
        own = [scores[place] for scores in answers]
        rest = [sum(scores) - scores[place] for scores in answers]
        if len(set(own)) == 1 or len(set(rest)) == 1:
            assert importance is None
        else:
            assert importance is not None
            assert float(importance) == pytest.approx(statistics.correlation(own, rest), abs=1e-9)


@given(answers, answers)
def test_sums_of_two_groups_give_the_importance_of_all(some: Answers, others: Answers) -> None:
    one, other = sums_of(some), sums_of(others)
    together = (
        one[0] + other[0],
        [a + b for a, b in zip(one[1], other[1], strict=True)],
        [a + b for a, b in zip(one[2], other[2], strict=True)],
    )

    assert importances(*together) == importances(*sums_of([*some, *others]))


def test_an_element_that_moves_with_all_others_matters_fully() -> None:
    found = importances(*sums_of([(3,) * 9, (4,) * 9, (2,) * 9]))

    assert set(found) == {1}


def test_an_element_that_goes_against_the_others_has_a_negative_importance() -> None:
    found = importances(*sums_of([(4, *[1] * 8), (1, *[4] * 8)]))

    assert found[0] == -1


def test_incomplete_answers_have_no_importance_rather_than_a_wrong_one() -> None:
    moments, tallies, products = sums_of([(3,) * 9, (4,) * 9])
    short = [*tallies[:8], Tally((0, 0, 1, 0))]

    assert importances(moments, short, products) == (None,) * 9
    assert importances(Moments(), [Tally()] * 9, [0] * 9) == (None,) * 9


def test_each_quadrant_has_its_elements() -> None:
    # The first four move together, the others do as they like; half of each is rated low.
    rows = [
        (4, 4, 3, 3, 4, 2, 1, 1, 4),
        (4, 4, 2, 2, 4, 1, 2, 2, 4),
        (3, 3, 1, 1, 4, 2, 1, 2, 3),
        (3, 3, 1, 1, 3, 1, 2, 1, 4),
    ]
    by_code = {found.code: found.quadrant for found in standings(*sums_of(rows))}

    assert by_code["requirements"] is by_code["procedure"] is Quadrant.KEEP_UP
    assert by_code["time"] is by_code["cost"] is Quadrant.CONCENTRATE_HERE
    assert by_code["complaints"] is by_code["behaviour"] is Quadrant.LOW_PRIORITY
    assert by_code["facilities"] is Quadrant.POSSIBLE_OVERKILL


def test_the_cut_is_at_the_mean_importance_and_the_mean_performance() -> None:
    rows = [(4, 3, 4, 2, 4, 3, 1, 4, 3), (3, 3, 4, 1, 2, 3, 2, 4, 4), (2, 1, 4, 3, 2, 2, 2, 4, 3)]
    moments, tallies, products = sums_of(rows)
    found = standings(moments, tallies, products)
    both = [one for one in found if one.importance is not None]
    important = statistics.mean(one.importance for one in both if one.importance is not None)
    good = statistics.mean(one.performance for one in both if one.performance is not None)

    for one in both:
        assert one.importance is not None and one.performance is not None
        is_important = one.quadrant in (Quadrant.KEEP_UP, Quadrant.CONCENTRATE_HERE)
        is_good = one.quadrant in (Quadrant.KEEP_UP, Quadrant.POSSIBLE_OVERKILL)
        assert (is_important, is_good) == (one.importance >= important, one.performance >= good)


def test_an_element_that_all_rate_alike_has_a_performance_but_no_quadrant() -> None:
    rows = [(4, 3, 3, 3, 3, 3, 3, 3, 3), (4, 4, 4, 4, 4, 4, 4, 4, 4)]
    first, *others = standings(*sums_of(rows))

    assert first.importance is None
    assert first.performance == 4
    assert first.quadrant is None
    assert {other.quadrant for other in others} == {Quadrant.KEEP_UP}


def test_nobody_asked_has_no_standing() -> None:
    found = standings(Moments(), [Tally()] * 9, [0] * 9)

    assert [one.code for one in found] == list(CODES)
    assert {(one.importance, one.performance, one.quadrant) for one in found} == {(None,) * 3}


def test_every_quadrant_has_words() -> None:
    assert [QUADRANT_WORDS[quadrant] for quadrant in Quadrant] == [
        ("pertahankan", "keep up"),
        ("prioritas utama", "concentrate here"),
        ("prioritas rendah", "low priority"),
        ("berlebihan", "possible overkill"),
    ]


def test_the_land_office_of_bantul_was_weakest_in_requirements_and_strongest_in_cost() -> None:
    tallies = with_nrr(331, 335, 349, 393, 345, 339, 339, 376, 335)

    assert weakest_and_strongest(tallies) == (
        ("requirements", "procedure", "facilities"),
        ("cost", "complaints", "time"),
    )
    assert weakest_and_strongest(tallies, 1) == (("requirements",), ("cost",))


def test_equal_elements_stand_in_the_order_of_the_regulation() -> None:
    assert weakest_and_strongest(with_nrr(*[350] * 9)) == (
        ("requirements", "procedure", "time"),
        ("facilities", "complaints", "behaviour"),
    )


def test_no_element_is_among_the_weakest_and_the_strongest() -> None:
    five = [*with_nrr(310, 320, 330, 340, 350), *[Tally()] * 4]

    assert weakest_and_strongest(five) == (("requirements", "procedure"), ("product", "cost"))
    assert weakest_and_strongest([*with_nrr(310), *[Tally()] * 8]) == ((), ())


def test_the_index_without_cost_is_that_of_the_eight_others() -> None:
    tallies = with_nrr(331, 335, 349, 393, 345, 339, 339, 376, 335)
    without = EQUAL.index_without(tallies, "cost")

    assert without == Fraction(2749, 800) * 25
    assert without < (ikm.index_of(tallies) or 0)
    cut = Weights(method=WeightMethod.TWO_DECIMALS)
    assert cut.index_without(tallies, "cost") == without * 8 * Fraction(12, 100)
    assert EQUAL.index_without([Tally()] * 9, "cost") is None
