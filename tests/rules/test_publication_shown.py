"""How a figure is shown: coarse while its period may still move, and nothing of less than ten."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain import ikm
from services.scoring.domain.elements import CODES
from services.scoring.domain.figure import Counted
from services.scoring.domain.ikm import Tally
from services.scoring.domain.publication.cells import (
    LIMIT,
    LIMIT_WITHIN_AGENCY,
    clear,
    hidden,
    moved_enough,
    with_rest,
)
from services.scoring.domain.publication.shown import (
    HIDDEN,
    HIDDEN_ELEMENT,
    shown,
    shown_distribution,
    shown_elements,
    shown_profile,
)

RULES = ikm.rules_on(date(2026, 1, 1))
cells = st.lists(st.integers(0, 40), min_size=1, max_size=9)


def counted(n: int, **elements: tuple[int, int, int, int]) -> Counted:
    """So many answers, all of them a 3 where nothing else is said."""
    return Counted(n, tuple(Tally(elements.get(code, (0, 0, n, 0))) for code in CODES))


def of_total(n: int, total: int) -> Counted:
    """So many answers, of which each element has that sum of scores (3 and 4 only)."""
    fours = total - 3 * n
    return Counted(n, (Tally((0, 0, n - fours, fours)),) * len(CODES))


@pytest.mark.parametrize(
    ("n", "closed", "shown_n", "index"),
    [
        (9, False, None, None),
        (9, True, None, None),
        (10, False, 10, "75"),
        (14, False, 10, "75"),
        (14, True, 14, "75.00"),
        (99, False, 95, "75"),
        (100, False, 100, "75.0"),
        (123, False, 120, "75.0"),
        (123, True, 123, "75.00"),
    ],
)
def test_n_and_index_are_coarse_while_the_period_is_open(
    n: int, closed: bool, shown_n: int | None, index: str | None
) -> None:
    figure = shown(counted(n), RULES, closed=closed)

    assert (figure.n, figure.index) == (shown_n, index)
    assert (figure.band is None) is (index is None)


def test_within_an_agency_the_limit_is_five() -> None:
    assert shown(counted(4), RULES, closed=True, limit=LIMIT_WITHIN_AGENCY) == HIDDEN
    assert shown(counted(5), RULES, closed=True, limit=LIMIT_WITHIN_AGENCY).n == 5


@pytest.mark.parametrize(
    ("exact", "index", "letter"),
    [((62, 219), "88", "A"), ((40, 141), "88", "B")],
)
def test_the_letter_is_that_of_the_exact_index_whatever_the_rounding_shows(
    exact: tuple[int, int], index: str, letter: str
) -> None:
    figure = shown(of_total(*exact), RULES, closed=False)

    assert figure.index == index
    assert figure.band is not None
    assert figure.band.letter == letter


def test_answers_to_no_element_have_an_n_and_no_index() -> None:
    nothing = dict.fromkeys(CODES, (0, 0, 0, 0))

    figure = shown(counted(12, **nothing), RULES, closed=True)

    assert (figure.n, figure.index, figure.band) == (12, None, None)


def test_a_figure_with_impossible_counts_waits() -> None:
    assert shown(counted(20, time=(0, -1, 21, 0)), RULES, closed=True) == HIDDEN


def test_elements_are_shown_with_their_own_class() -> None:
    elements = shown_elements(counted(120, time=(60, 60, 0, 0)), RULES, closed=True)

    assert list(elements) == list(CODES)
    assert (elements["time"].nrr, elements["time"].index) == ("1.5000", "37.50")
    assert elements["time"].band is not None
    assert elements["time"].band.letter == "D"


def test_an_open_element_shows_no_mean_score() -> None:
    element = shown_elements(counted(50), RULES, closed=False)["time"]

    assert (element.nrr, element.index) == (None, "75")


@pytest.mark.parametrize(("answered", "seen"), [(9, False), (10, True), (35, False), (30, True)])
def test_an_element_needs_ten_answers_and_ten_or_none_who_skipped_it(
    answered: int, seen: bool
) -> None:
    elements = shown_elements(counted(40, time=(0, 0, answered, 0)), RULES, closed=True)

    assert (elements["time"] != HIDDEN_ELEMENT) is seen


def test_one_hidden_element_hides_another_or_it_would_follow_from_the_index() -> None:
    some = counted(40, time=(0, 0, 39, 0), cost=(0, 0, 0, 30))

    elements = shown_elements(some, RULES, closed=True)

    assert [code for code in CODES if elements[code] == HIDDEN_ELEMENT] == ["time", "cost"]


def test_an_element_that_is_not_asked_hides_no_other() -> None:
    elements = shown_elements(counted(40, cost=(0, 0, 0, 0)), RULES, closed=True)

    assert [code for code in CODES if elements[code] == HIDDEN_ELEMENT] == ["cost"]


def test_elements_of_too_few_answers_are_hidden() -> None:
    elements = shown_elements(counted(9), RULES, closed=True)

    assert set(elements.values()) == {HIDDEN_ELEMENT}


@pytest.mark.parametrize(
    ("now", "previous", "closed", "seen"),
    [
        ((0, 10, 20, 30, 0), None, True, True),
        ((0, 10, 20, 30, 0), None, False, False),
        ((1, 10, 20, 30, 0), None, True, False),
        ((0, 10, 20, 30, 4), None, True, False),
        ((0, 10, 20, 30, 10), (0, 10, 10, 30, 0), True, True),
        ((0, 10, 20, 30, 0), (0, 10, 19, 30, 0), True, False),
        ((0, 10, 20, 30, 0), (0, 10, 20, 30, 1), True, False),
        ((0, 10, 20, 30, 0), (0, 10, 30, 30, 0), True, True),
    ],
)
def test_a_distribution_is_shown_whole_or_not_at_all(
    now: tuple[int, ...], previous: tuple[int, ...] | None, closed: bool, seen: bool
) -> None:
    counts = shown_distribution(now, closed=closed, previous=previous)

    assert counts == (now[:4] if seen else None)


@pytest.mark.parametrize(
    ("told", "n", "seen", "rest"),
    [
        ((30, 20), 50, (30, 20), 0),
        ((30, 20), 60, (30, 20), 10),
        ((30, 20), 53, (30, None), 23),
        ((30, 20, 12, 3), 65, (30, 20, None, None), 15),
        ((30, 4, 6, 0), 40, (30, None, None, None), 10),
        ((30, 20, 0), 50, (30, 20, 0), 0),
    ],
)
def test_a_profile_hides_small_cells_and_what_would_give_them_away(
    told: tuple[int, ...], n: int, seen: tuple[int | None, ...], rest: int
) -> None:
    profile = shown_profile(told, n)

    assert profile is not None
    assert (profile.cells, profile.rest) == (seen, rest)


@pytest.mark.parametrize(("told", "n"), [((9, 0), 9), ((6, 4), 10), ((30, 3), 33), ((0, 0), 40)])
def test_a_profile_of_which_nothing_can_be_shown_is_none(told: tuple[int, ...], n: int) -> None:
    assert shown_profile(told, n) is None


@given(cells, st.sampled_from((LIMIT, LIMIT_WITHIN_AGENCY)))
def test_what_is_hidden_does_not_come_out_by_subtraction(counts: list[int], limit: int) -> None:
    stay = hidden(counts, limit)

    kept = [cell for place, cell in enumerate(counts) if place not in stay]
    rest = sum(counts) - sum(kept)
    assert clear(kept, limit)
    assert len(stay) != 1 or not any(kept)
    assert rest == 0 or rest >= limit or not any(kept)


@given(cells, st.integers(0, 60))
def test_a_shown_profile_has_no_small_cell_and_no_small_rest(told: list[int], untold: int) -> None:
    n = sum(told) + untold
    profile = shown_profile(told, n)

    if profile is not None:
        assert clear([cell for cell in profile.cells if cell is not None])
        assert profile.rest == 0 or profile.rest >= LIMIT
        assert profile.rest + sum(cell or 0 for cell in profile.cells) == n


def test_the_rest_is_a_cell_like_the_others() -> None:
    assert with_rest((3, 4), 10) == (3, 4, 3)
    assert not clear(with_rest((10, 10), 21))


def test_a_change_of_nine_is_seen_one_of_ten_is_allowed_in_both_directions() -> None:
    assert moved_enough((20, 30), (10, 40))
    assert not moved_enough((20, 30), (11, 30))


@given(st.integers(10, 400), st.data())
def test_a_closed_figure_is_what_the_regulation_says(n: int, data: st.DataObject) -> None:
    total = data.draw(st.integers(3 * n, 4 * n))
    figure = shown(of_total(n, total), RULES, closed=True)

    assert figure.index == ikm.published(Fraction(25 * total, n))
    assert figure.band == RULES.classify(Fraction(25 * total, n))
