"""A letter with its doubt: which others are possible, and how that is said."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain import ikm
from services.scoring.domain.statistics.estimate import Basis, Population
from services.scoring.domain.statistics.interval import Interval
from services.scoring.domain.statistics.letter import Letter, letter_of, words_for

NOW = ikm.rules_on(date(2026, 9, 14))
points = st.fractions(25, 100)


def between(low: str | Fraction, high: str | Fraction) -> Interval:
    return Interval(Fraction(low), Fraction(high), 30, Basis.T_LOGIT, Population.UNKNOWN)


def said(index: str, low: str, high: str) -> tuple[str, str]:
    return words_for(letter_of(30, Fraction(index), between(low, high), NOW))


def test_an_interval_inside_one_class_leaves_no_doubt() -> None:
    assert said("80", "77", "83") == ("B", "B")


def test_an_interval_over_an_edge_names_the_other_class() -> None:
    assert said("78", "74", "82") == ("B, mungkin C", "B, perhaps C")
    assert said("87", "85", "89") == ("B, mungkin A", "B, perhaps A")


def test_a_wide_interval_names_all_others_the_best_first() -> None:
    assert said("80", "70", "90") == ("B, mungkin A atau C", "B, perhaps A or C")
    assert said("70", "40", "95") == ("C, mungkin A, B atau D", "C, perhaps A, B or D")


@pytest.mark.parametrize(
    ("high", "indonesian"), [("88.304", "B"), ("88.305", "B, mungkin A"), ("88.31", "B, mungkin A")]
)
def test_the_ends_are_rounded_as_they_are_published_before_they_are_classified(
    high: str, indonesian: str
) -> None:
    assert said("85", "80", high)[0] == indonesian


def test_nine_answers_have_no_letter_and_ten_have_one() -> None:
    nine = letter_of(9, Fraction(100), between("90", "100"), NOW)

    assert nine == Letter(None)
    assert words_for(nine) == (
        "belum dinilai (kurang dari 10 jawaban)",
        "not judged yet (fewer than 10 answers)",
    )
    assert words_for(letter_of(10, Fraction(100), between("90", "100"), NOW)) == ("A", "A")


def test_no_index_has_no_letter_and_no_interval_no_doubt() -> None:
    assert letter_of(0, None, None, NOW) == Letter(None)
    assert words_for(letter_of(30, Fraction(80), None, NOW)) == ("B", "B")


@given(points, points, points)
def test_own_class_and_the_possible_ones_are_all_from_end_to_end(
    one: Fraction, two: Fraction, three: Fraction
) -> None:
    low, index, high = sorted((one, two, three))
    found = letter_of(30, index, between(low, high), NOW)
    assert found.band is not None

    named = "".join(sorted([found.band.letter, *(other.letter for other in found.perhaps)]))
    assert named in "ABCD"
    assert (named[0], named[-1]) == (NOW.classify(high).letter, NOW.classify(low).letter)
