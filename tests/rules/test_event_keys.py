"""Event ids become short keys that never mix two ids up and keep neighbours together."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from shared.log.idempotency import event_key

ids = st.one_of(
    st.text(min_size=1, max_size=128).filter(lambda text: text.isprintable()),
    st.uuids().map(str),
    st.uuids().map(lambda some: str(some).upper()),
)


@given(ids, ids)
def test_two_ids_never_share_a_key(one: str, other: str) -> None:
    assert (event_key(one) == event_key(other)) == (one == other)


@given(st.integers(0, 2**31), st.integers(0, 2**31))
def test_counted_ids_keep_their_order(one: int, other: int) -> None:
    left, right = f"n-{one:010}", f"n-{other:010}"

    assert (event_key(left) < event_key(right)) == (left < right)


@given(st.uuids(), st.uuids())
def test_time_ordered_uuids_keep_their_order(one: uuid.UUID, other: uuid.UUID) -> None:
    assert (event_key(str(one)) < event_key(str(other))) == (one.int < other.int)


def test_no_key_is_longer_than_an_index_entry_should_be() -> None:
    assert max(len(event_key("x" * size)) for size in range(1, 129)) <= 25
