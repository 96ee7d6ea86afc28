"""Runs keep the exact bytes of their events through compression, slicing and the feed."""

import hashlib

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shared.log.lines import lines_of, runs_of
from shared.log.run import PackedRun, Run, chained, compress, pack

events = st.lists(
    st.text(max_size=20).map(lambda text: b'{"id":' + msgspec.json.encode(text) + b"}"),
    min_size=1,
    max_size=30,
)


def run_of(some: list[bytes], first: int = 1) -> Run:
    body = pack(some)
    return Run("feedback.3", first, first + len(some) - 1, body, chained(bytes(32), body).hex())


@given(events, st.integers(1, 10**12))
def test_the_feed_gives_back_the_stored_bytes(some: list[bytes], first: int) -> None:
    run = run_of(some, first)

    lines = list(lines_of([run], 0, 2**62))

    assert runs_of(lines) == [run]


@given(events, st.data())
def test_a_slice_of_a_run_holds_exactly_its_events(some: list[bytes], data: st.DataObject) -> None:
    run = run_of(some, 11)
    low = data.draw(st.integers(11, run.last))
    high = data.draw(st.integers(low, run.last))

    (part,) = run.only([(low, high)])

    assert part.events() == some[low - 11 : high - 10]
    assert part.chain == run.chain


def test_the_hash_of_a_run_is_sha256_of_the_previous_hash_and_its_body() -> None:
    body = b'[{"id":"a"}]'

    assert chained(b"\1" * 32, body) == hashlib.sha256(b"\1" * 32 + body).digest()


@given(events)
def test_a_packed_run_unpacks_to_itself(some: list[bytes]) -> None:
    run = run_of(some)

    packed = PackedRun(run.stream, run.first, run.last, compress(run.body), run.chain)

    assert packed.unpacked() == run
