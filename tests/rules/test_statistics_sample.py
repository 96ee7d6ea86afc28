"""How many answers are enough: the table of Krejcie & Morgan, and what is provisional."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.statistics.sample import ENOUGH_FOR_ANY, is_provisional, minimum_sample

# N, S as in the table of 1970.
PRINTED = {
    10: 10, 15: 14, 20: 19, 25: 24, 30: 28, 35: 32, 40: 36, 45: 40, 50: 44, 55: 48,
    60: 52, 65: 56, 70: 59, 75: 63, 80: 66, 85: 70, 90: 73, 95: 76, 100: 80, 110: 86,
    120: 92, 130: 97, 140: 103, 150: 108, 160: 113, 170: 118, 180: 123, 190: 127, 200: 132,
    210: 136, 220: 140, 230: 144, 240: 148, 250: 152, 260: 155, 270: 159, 280: 162, 290: 165,
    300: 169, 320: 175, 340: 181, 360: 186, 380: 191, 400: 196, 420: 201, 440: 205, 460: 210,
    480: 214, 500: 217, 550: 226, 600: 234, 650: 242, 700: 248, 750: 254, 800: 260, 850: 265,
    900: 269, 950: 274, 1000: 278, 1100: 285, 1200: 291, 1300: 297, 1400: 302, 1500: 306,
    1600: 310, 1700: 313, 1800: 317, 1900: 320, 2000: 322, 2200: 327, 2400: 331, 2600: 335,
    2800: 338, 3000: 341, 3500: 346, 4000: 351, 4500: 354, 5000: 357, 6000: 361, 7000: 364,
    8000: 367, 9000: 368, 10000: 370, 15000: 375, 20000: 377, 30000: 379, 40000: 380,
    50000: 381, 75000: 382, 1000000: 384,
}  # fmt: skip


@pytest.mark.parametrize(("population", "needed"), PRINTED.items())
def test_the_minimum_is_that_of_the_printed_table(population: int, needed: int) -> None:
    assert minimum_sample(population) == needed


@given(st.integers(0, 10**9))
def test_more_users_never_need_fewer_answers_and_never_more_than_there_are(users: int) -> None:
    assert minimum_sample(users) <= minimum_sample(users + 1)
    assert minimum_sample(users) <= min(users, ENOUGH_FOR_ANY)


def test_nobody_served_needs_no_answers_and_fewer_is_nonsense() -> None:
    assert minimum_sample(0) == 0
    assert minimum_sample(1) == 1
    with pytest.raises(ValueError, match="-1 users"):
        minimum_sample(-1)


def test_a_survey_is_provisional_below_its_minimum() -> None:
    assert is_provisional(277, 1000)
    assert not is_provisional(278, 1000)


def test_without_a_believable_population_as_many_are_needed_as_suffice_for_any() -> None:
    assert ENOUGH_FOR_ANY == 384
    assert is_provisional(383, None)
    assert not is_provisional(384, None)
    assert is_provisional(300, 299), "299 users cannot have given 300 answers"
    assert not is_provisional(300, 300)
