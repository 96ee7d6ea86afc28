"""The index: published examples, the edges of the bands, and what must hold for any answers."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain import ikm
from services.scoring.domain.elements import CODES, ELEMENTS
from services.scoring.domain.ikm import RULE_SETS, RuleSet, Tally, WeightMethod

NOW = ikm.rules_on(date(2026, 9, 14))
IN_2004 = ikm.rules_on(date(2010, 1, 1))
EXACT, THREE, TWO = WeightMethod.EXACT, WeightMethod.THREE_DECIMALS, WeightMethod.TWO_DECIMALS

counts = st.tuples(*[st.integers(0, 10**9)] * 4)
tallies = st.lists(counts.map(Tally), min_size=9, max_size=9)
indices = st.fractions(25, 100)


def of_sums(sums: list[int], n: int) -> list[Fraction]:
    return [Fraction(total, n) for total in sums]


def published_index(nrrs: list[Fraction], method: WeightMethod = EXACT) -> str:
    index = ikm.weighted_index(nrrs, method)
    assert index is not None
    return ikm.published(index)


def letter(index: str, rules: RuleSet = NOW) -> str:
    return rules.classify(Fraction(index)).letter


def test_there_are_nine_elements_and_complaints_stand_before_facilities() -> None:
    assert len(ELEMENTS) == 9
    assert CODES[7:] == ("complaints", "facilities")


def test_the_land_office_of_bantul_2023_has_the_published_index() -> None:
    hundredths = [331, 335, 349, 393, 345, 339, 339, 376, 335]
    nrrs = [Fraction(value, 100) for value in hundredths]

    assert published_index(nrrs) == "87.28"
    assert letter("87.28") == "B"


def test_a_service_office_with_29_answers_has_the_published_index_by_each_method() -> None:
    nrrs = of_sums([105, 101, 100, 116, 102, 105, 106, 115, 105], 29)

    assert published_index(nrrs) == "91.48"
    assert published_index(nrrs, TWO) == "90.56"


def test_a_laboratory_with_three_items_has_the_published_index() -> None:
    assert published_index(of_sums([74, 76, 60], 20), TWO) == "86.63"


def test_padang_2019_was_good() -> None:
    assert letter("78.52") == "B"


def test_the_real_survey_of_1994_answers_has_its_index_and_exact_fraction() -> None:
    sums = [7788, 7718, 7726, 7712, 7766, 7783, 7788, 7685, 7750]
    index = ikm.weighted_index(of_sums(sums, 1994))

    assert index is not None
    assert ikm.exact_text(index) == "871450/8973"
    assert ikm.published(index) == "97.12"
    assert NOW.classify(index).letter == "A"


@pytest.mark.parametrize(
    ("index", "published", "klass"),
    [
        ("64.994", "64.99", "D"),
        ("64.995", "65.00", "C"),
        ("76.604", "76.60", "C"),
        ("76.605", "76.61", "B"),
        ("88.304", "88.30", "B"),
        ("88.305", "88.31", "A"),
        ("25", "25.00", "D"),
        ("100", "100.00", "A"),
    ],
)
def test_an_index_is_rounded_half_up_and_then_classified(
    index: str, published: str, klass: str
) -> None:
    assert ikm.published(Fraction(index)) == published
    assert letter(index) == klass


@pytest.mark.parametrize(
    ("score", "method", "published", "klass"),
    [
        (1, EXACT, "25.00", "D"),
        (4, EXACT, "100.00", "A"),
        (4, THREE, "99.90", "A"),
        (4, TWO, "99.00", "A"),
        (1, TWO, "24.75", "D"),
    ],
)
def test_units_that_are_all_bad_or_perfect(
    score: int, method: WeightMethod, published: str, klass: str
) -> None:
    tally = Tally((7, 0, 0, 0) if score == 1 else (0, 0, 0, 7))
    index = ikm.index_of([tally] * 9, method)

    assert index is not None
    assert ikm.published(index) == published
    assert NOW.classify(index).letter == klass


@pytest.mark.parametrize(("elements", "weight"), [(9, "0.11"), (3, "0.33"), (8, "0.12")])
def test_a_weight_is_cut_so_that_no_index_exceeds_100(elements: int, weight: str) -> None:
    assert ikm.weight(elements, TWO) == Fraction(weight)


def test_the_rule_of_2004_weighed_fourteen_elements_with_0_071() -> None:
    assert ikm.weight(14, THREE) == Fraction("0.071")


@pytest.mark.parametrize(
    ("index", "klass"),
    [
        ("81.26", "A"),
        ("81.25", "B"),
        ("62.51", "B"),
        ("62.50", "C"),
        ("43.76", "C"),
        ("43.75", "D"),
    ],
)
def test_a_letter_of_2004_means_something_else(index: str, klass: str) -> None:
    assert letter(index, IN_2004) == klass


def test_the_rule_set_is_the_one_in_force_on_the_day() -> None:
    assert NOW.name == "permenpanrb-14-2017"
    assert ikm.rules_on(date(2016, 12, 31)).name == "kepmenpan-25-2004"
    assert ikm.rules_on(date(1999, 1, 1)).name == "kepmenpan-25-2004"


def test_a_new_rule_set_is_data() -> None:
    stricter = RuleSet("new", date(2030, 1, 1), NOW.bands[:1])

    assert ikm.rules_on(date(2030, 1, 1), (*RULE_SETS, stricter)) is stricter
    assert ikm.rules_on(date(2029, 12, 31), (*RULE_SETS, stricter)) is NOW


def test_no_answers_have_no_index() -> None:
    assert ikm.index_of([Tally()] * 9) is None
    assert ikm.element_index(Tally()) is None


def test_an_element_that_nobody_answered_is_left_out() -> None:
    perfect, unanswered = Tally((0, 0, 0, 5)), Tally()

    assert ikm.index_of([perfect] * 8 + [unanswered]) == 100


def test_a_missing_answer_leaves_its_elements_count_alone() -> None:
    answered_by_two, answered_by_one = Tally((0, 0, 0, 2)), Tally((1, 0, 0, 0))

    assert ikm.index_of([answered_by_two, answered_by_one]) == Fraction(4 + 1, 2) * 25


def test_pooling_is_not_the_mean_of_the_units() -> None:
    large, small = Tally((0, 0, 0, 9)), Tally((1, 0, 0, 0))

    assert ikm.index_of([large + small]) == Fraction(37, 10) * 25


def test_a_small_value_keeps_its_zeros() -> None:
    assert ikm.published(Fraction("3.004")) == "3.00"
    assert ikm.published(Fraction(4), ikm.NRR_DECIMALS) == "4.0000"
    assert ikm.exact_text(Fraction(100)) == "100/1"


@given(tallies, tallies)
def test_pooling_adds_what_was_counted(some: list[Tally], others: list[Tally]) -> None:
    pooled = [a + b for a, b in zip(some, others, strict=True)]

    for a, b, both in zip(some, others, pooled, strict=True):
        assert (both.n, both.total) == (a.n + b.n, a.total + b.total)


@given(tallies, st.sampled_from(WeightMethod))
def test_an_index_lies_between_its_lowest_and_highest_element(
    answers: list[Tally], method: WeightMethod
) -> None:
    index = ikm.index_of(answers, method)
    if index is None:
        assert not any(tally.n for tally in answers)
        return
    elements = [value for tally in answers if (value := ikm.element_index(tally)) is not None]
    exact = ikm.index_of(answers)
    assert exact is not None and index <= exact
    assert 25 <= min(elements) <= exact <= max(elements) <= 100


@given(indices)
def test_a_published_index_is_the_nearest_and_ties_go_up(index: Fraction) -> None:
    error = Fraction(ikm.published(index)) - index

    assert -Fraction(1, 200) < error <= Fraction(1, 200)


@given(indices)
def test_the_class_is_that_of_the_published_value(index: Fraction) -> None:
    assert NOW.classify(index) == NOW.classify(Fraction(ikm.published(index)))


@given(indices, indices)
def test_a_higher_index_never_has_a_worse_class(one: Fraction, other: Fraction) -> None:
    low, high = sorted((one, other))

    assert NOW.classify(high).letter <= NOW.classify(low).letter


@given(st.integers(2500, 10000))
def test_every_published_value_is_in_the_band_that_the_regulation_prints(hundredths: int) -> None:
    printed = {"A": (8831, 10000), "B": (7661, 8830), "C": (6500, 7660), "D": (2500, 6499)}
    low, high = printed[NOW.classify(Fraction(hundredths, 100)).letter]

    assert low <= hundredths <= high


@given(indices)
def test_the_exact_text_is_the_value(index: Fraction) -> None:
    assert Fraction(ikm.exact_text(index)) == index
