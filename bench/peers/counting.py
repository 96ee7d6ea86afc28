"""The rollup that peers keep in memory: the same 39 counters, as their users would write it."""

import msgspec

ELEMENTS = 9
COUNTERS = 3 + 4 * ELEMENTS

Counters = list[int]


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


class _Data(msgspec.Struct):
    service: str
    series: str
    answers: _Answers
    place: str = ""


class _Event(msgspec.Struct):
    time: str
    data: _Data


_DECODER = msgspec.json.Decoder(_Event)


def keyed(body: bytes) -> tuple[str, tuple[int, ...]]:
    """An event's JSON as its key (service, place, series, day) and its nine scores."""
    event = _DECODER.decode(body)
    data = event.data
    key = f"{data.service}|{data.place}|{data.series}|{event.time[:10]}"
    return key, msgspec.structs.astuple(data.answers)


def nothing_counted() -> Counters:
    """All counters at zero."""
    return [0] * COUNTERS


def add(counters: Counters, scores: tuple[int, ...]) -> Counters:
    """One more answer: n, total, total² and how often each score was given to each element."""
    total = sum(scores)
    counters[0] += 1
    counters[1] += total
    counters[2] += total * total
    at = 2
    for score in scores:
        counters[at + score] += 1
        at += 4
    return counters
