"""Receipts: a figure as bytes that everybody writes alike, chained to the figure before it.

The bytes are JSON with sorted keys, no blanks, UTF-8, and no number that is not an integer; so
`json.dumps(figure, sort_keys=True, separators=(",", ":"), ensure_ascii=False)` gives them again.
"""

import hashlib

GENESIS = bytes(32)
# By which part of its answers an open figure grows before it is made anew, if its index stays.
_PART = 10


def chained(previous: bytes, body: bytes) -> bytes:
    """The hash of a figure: SHA-256 over the hash of the figure before it and its bytes."""
    return hashlib.sha256(previous + body).digest()


def grew(before: int | None, now: int | None) -> bool:
    """Whether an open figure has so many more (or fewer) answers that it is worth a new receipt."""
    return abs((now or 0) - (before or 0)) * _PART >= max(1, before or 0)
