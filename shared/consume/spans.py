"""Sets of sequences as sorted, disjoint, inclusive spans: the pure part of the checkpoint."""

import re
from collections.abc import Iterable, Sequence

Span = tuple[int, int]
_RANGE = re.compile(r"\[(\d+),(\d+)\)")


def parse(multirange: str) -> list[Span]:
    """PostgreSQL's text of an int8multirange, "{[1,5),[7,9)}", as [(1, 4), (7, 8)]."""
    return [(int(low), int(high) - 1) for low, high in _RANGE.findall(multirange)]


def render(spans: Iterable[Span]) -> str:
    """Spans as PostgreSQL's text of an int8multirange."""
    return "{" + ",".join(f"[{low},{high + 1})" for low, high in spans) + "}"


def union(*sets: Iterable[Span]) -> list[Span]:
    """All sequences of all sets; neighbours are joined."""
    joined: list[Span] = []
    for low, high in sorted(span for spans in sets for span in spans):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return joined


def without(spans: Iterable[Span], taken: Sequence[Span]) -> list[Span]:
    """What of `spans` is not in `taken` (sorted and disjoint)."""
    left: list[Span] = []
    for low, high in spans:
        begin = low
        for taken_low, taken_high in taken:
            if taken_high < begin or taken_low > high:
                continue
            if taken_low > begin:
                left.append((begin, taken_low - 1))
            begin = taken_high + 1
        if begin <= high:
            left.append((begin, high))
    return left


def first(spans: Iterable[Span], most: int) -> list[Span]:
    """The lowest `most` sequences of sorted, disjoint spans."""
    taken: list[Span] = []
    for low, high in spans:
        if most <= 0:
            break
        taken.append((low, min(high, low + most - 1)))
        most -= high - low + 1
    return taken


def size(spans: Iterable[Span]) -> int:
    """How many sequences the spans hold."""
    return sum(high - low + 1 for low, high in spans)
