"""The rollup that peers keep in memory: the same counters as ours, as their users would write it.

In their favour: the day only (ours adds month and year), no sums of products (ours keeps nine), and
nothing is ever written down.
"""

from collections.abc import Sequence

import msgspec
from redis import Redis
from zstandard import ZstdCompressor, ZstdDecompressor

from bench.city import BATCH
from services.scoring.domain.fold import PROFILE_COLUMNS, band_of

STREAM, FIELD = "bench:runs", b"run"
ENTRIES_A_TIME = 32
ELEMENTS = 9
SUMS = 3 + 4 * ELEMENTS
_PROFILE_AT = {name: at for at, name in enumerate(PROFILE_COLUMNS, SUMS)}
COUNTERS = SUMS + len(PROFILE_COLUMNS)

Counters = list[int]
Answer = tuple[tuple[int, ...], Sequence[int]]
Entries = list[tuple[bytes, dict[bytes, bytes]]]


class _Answers(msgspec.Struct):
    requirements: int
    procedure: int
    time: int
    cost: int
    product: int
    competence: int
    behaviour: int
    complaints: int
    facilities: int


class _Respondent(msgspec.Struct):
    sex: str
    age: int
    education: str
    occupation: str


class _Data(msgspec.Struct):
    service: str
    series: str
    answers: _Answers
    respondent: _Respondent
    place: str = ""


class _Event(msgspec.Struct):
    time: str
    data: _Data


_EVENTS = msgspec.json.Decoder(list[_Event])
_UNPACK = ZstdDecompressor()


def publish_runs(url: str, bodies: Sequence[bytes]) -> None:
    """The events as runs of 500 in Redis: compressed JSON arrays, as ours are."""
    redis, pack = Redis.from_url(url), ZstdCompressor(level=1)
    redis.delete(STREAM)
    for start in range(0, len(bodies), BATCH):
        run = b"[" + b",".join(bodies[start : start + BATCH]) + b"]"
        redis.xadd(STREAM, {FIELD: pack.compress(run)})
    redis.close()


class Runs:
    """Reads the runs from Redis, a few entries at a time."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, protocol=2)
        self._last = b"0"

    def more(self) -> list[bytes]:
        """The next runs; none at the end, when the stream is removed."""
        answer = self._redis.xread({STREAM: self._last}, count=ENTRIES_A_TIME)
        if not answer:
            self._redis.delete(STREAM)
            return []
        entries: Entries = answer[0][1]  # type: ignore[index,assignment]  # redis-py's loose types
        self._last = entries[-1][0]
        return [fields[FIELD] for _, fields in entries]


def keyed(run: bytes) -> list[tuple[str, Answer]]:
    """A run as (key, answer): service, place, series and day; nine scores and profile counters."""
    return [
        (
            f"{event.data.service}|{event.data.place}|{event.data.series}|{event.time[:10]}",
            (msgspec.structs.astuple(event.data.answers), _profile(event.data.respondent)),
        )
        for event in _EVENTS.decode(_UNPACK.decompress(run))
    ]


def nothing_counted() -> Counters:
    """All counters at zero."""
    return [0] * COUNTERS


def add(counters: Counters, answer: Answer) -> Counters:
    """One more answer: n, total, total², how often each score was given, who answered."""
    scores, profile = answer
    total = sum(scores)
    counters[0] += 1
    counters[1] += total
    counters[2] += total * total
    at = 2
    for score in scores:
        counters[at + score] += 1
        at += 4
    for place in profile:
        counters[place] += 1
    return counters


def _profile(told: _Respondent) -> Sequence[int]:
    return (
        _PROFILE_AT[f"sex_{told.sex}"],
        _PROFILE_AT[f"age_{band_of(told.age)}"],
        _PROFILE_AT[f"education_{told.education}"],
        _PROFILE_AT[f"occupation_{told.occupation}"],
    )
