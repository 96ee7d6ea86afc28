"""The checkpoint's arithmetic agrees with plain sets, whatever the spans."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from shared.consume.spans import Span, first, parse, render, size, union, without

spans = st.lists(
    st.tuples(st.integers(1, 60), st.integers(0, 10)).map(lambda pair: (pair[0], sum(pair))),
    max_size=8,
)


def members(given_spans: list[Span]) -> set[int]:
    return {number for low, high in given_spans for number in range(low, high + 1)}


@given(spans, spans)
def test_a_union_holds_exactly_the_members_of_both(left: list[Span], right: list[Span]) -> None:
    joined = union(left, right)

    assert members(joined) == members(left) | members(right)
    assert size(joined) == len(members(joined))
    assert all(after[0] > before[1] + 1 for before, after in pairwise(joined))


@given(spans, spans)
def test_what_is_left_was_never_taken(asked: list[Span], taken: list[Span]) -> None:
    left = without(union(asked), union(taken))

    assert members(left) == members(asked) - members(taken)


@given(spans)
def test_spans_survive_the_database_s_text_form(some: list[Span]) -> None:
    assert parse(render(union(some))) == union(some)


@given(spans, st.integers(0, 40))
def test_the_first_of_some_spans_are_their_lowest_members(some: list[Span], most: int) -> None:
    lowest = first(union(some), most)

    assert sorted(members(lowest)) == sorted(members(union(some)))[:most]
    assert size(lowest) == len(members(lowest))
