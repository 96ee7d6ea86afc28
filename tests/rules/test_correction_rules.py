"""Which service an answer counts for is a function of the set of corrections in force."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.corrections import Correction, Facts, Slice, service_of

NOON = datetime(2026, 9, 14, 12, tzinfo=UTC)
ANSWER = Facts("a.x", "mpp", "open", "key-1", NOON, 7)

slices = st.builds(
    Slice,
    service=st.sampled_from(("a.x", "a.y")),
    place=st.sampled_from((None, "mpp", "")),
    series=st.sampled_from((None, "open", "agency")),
    sequence=st.sampled_from((None, 7, 8)),
)
corrections = st.lists(
    st.builds(
        Correction,
        id=st.text("abc", min_size=1, max_size=2),
        slice=slices,
        target=st.sampled_from((None, "a.y", "a.z")),
    ),
    unique_by=lambda correction: correction.id,
    max_size=5,
)


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        (Slice("a.x"), True),
        (Slice("a.y"), False),
        (Slice("a.x", place="mpp", series="open", key="key-1", sequence=7), True),
        (Slice("a.x", place=""), False),
        (Slice("a.x", series="agency"), False),
        (Slice("a.x", key="key-2"), False),
        (Slice("a.x", sequence=8), False),
        (Slice("a.x", since=NOON, until=NOON + timedelta(hours=1)), True),
        (Slice("a.x", until=NOON), False),
        (Slice("a.x", since=NOON + timedelta(seconds=1)), False),
    ],
)
def test_a_slice_holds_what_matches_all_of_it(where: Slice, holds: bool) -> None:
    assert where.holds(ANSWER) is holds


@given(corrections, st.randoms())
def test_the_order_of_corrections_does_not_matter(some: list[Correction], chance: object) -> None:
    shuffled = list(some)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis' own Random

    assert service_of(ANSWER, shuffled) == service_of(ANSWER, some)


def test_out_wins_over_moved_and_the_first_move_over_the_second() -> None:
    out, second = Correction("a", Slice("a.x")), Correction("c", Slice("a.x"), "a.z")
    first = Correction("b", Slice("a.x"), "a.y")

    assert service_of(ANSWER, []) == "a.x"
    assert service_of(ANSWER, [second, first]) == "a.y"
    assert service_of(ANSWER, [second, out, first]) is None


def test_what_was_moved_is_not_moved_on() -> None:
    there = Correction("a", Slice("a.x"), "a.y")
    back = Correction("b", Slice("a.y"), "a.x")

    assert service_of(ANSWER, [there, back]) == "a.y"
